package import ContextCore
package import LanguageModels

/// A job: a prompt whose caller holds the history.
package struct JobRequest: Sendable {
    /// Where passages are looked for, and which count.
    package struct Retrieval: Sendable {
        /// `nil` for all collections that the caller may read.
        package var collections: [String]?

        /// Passages that are looked at.
        package var count: Int?

        /// The least score of a passage, 0 … 1.
        package var threshold: Double?

        package init(collections: [String]? = nil, count: Int? = nil, threshold: Double? = nil) {
            self.collections = collections
            self.count = count
            self.threshold = threshold
        }
    }

    package var prompt: String
    package var model: String?
    package var sampling = Sampling()

    /// Oldest first.
    package var history: [Message] = []

    /// `nil`: no passages.
    package var retrieval: Retrieval?

    /// Narrows the window for this job.
    package var windowTokens: Int?

    package init(prompt: String) {
        self.prompt = prompt
    }

    func validated(_ limits: JobConfiguration) throws(ContextError) -> JobRequest {
        guard !prompt.trimmed.isEmpty else { throw .invalid("prompt", "prompt is empty; there is nothing to answer.") }
        if let windowTokens, !(1...limits.windowTokens).contains(windowTokens) {
            throw .invalid(
                "session_config.max_context_tokens",
                "max_context_tokens is \(windowTokens); use 1 to \(limits.windowTokens)."
            )
        }
        guard let retrieval else { return self }
        guard limits.retrieves else {
            throw ContextError(
                .notConfigured,
                "This server looks for no passages: ENABLE_RAG is false.",
                parameter: "enable_rag"
            )
        }
        if let count = retrieval.count, !(1...limits.maximumPassages).contains(count) {
            throw .invalid("session_config.k", "k is \(count); use 1 to \(limits.maximumPassages).")
        }
        if let threshold = retrieval.threshold, !(0...1).contains(threshold) {
            throw .invalid("session_config.threshold", "threshold is \(threshold); use 0 to 1.")
        }
        return self
    }
}

/// Everything that can be set about jobs, with the defaults.
package struct JobConfiguration: Sendable {
    /// Tokens that history, passages, prompt and answer have together.
    package var windowTokens = 4_096
    package var history = HistoryWindow.Configuration()

    /// Whether jobs may ask for passages.
    package var retrieves = true

    /// Passages that are looked at when a job does not say how many, and the most that it may say.
    package var passages = 5
    package var maximumPassages = 100

    package init() {}
}

/// What happens while a job is done.
///
///     queued*  delta*  done
package enum JobEvent: Sendable {
    case queued(position: Int)
    case delta(String, tokens: Int)
    case done(JobResult)
}

/// A job that is done, with its account.
package struct JobResult: Sendable {
    package let text: String
    package let finishReason: String
    package let model: ModelName

    /// Tokens of the history and the passages in the prompt.
    package let contextTokens: Int

    /// As the provider counted them; what it did not count is estimated.
    package let promptTokens: Int
    package let completionTokens: Int
    package let usage: TokenUsage

    package let messagesUsed: Int
    package let messagesDropped: Int
    package let messagesShortened: Int

    /// Only of a job that asked for passages.
    package let citations: [Citation]?
    package let manifestID: String?
}
