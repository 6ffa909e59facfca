package import ContextCore

/// A prompt as a client of a session sends it.
package struct PromptRequest: Sendable {
    package var prompt: String

    /// What was said before, oldest first.
    package var conversation: [Line]

    /// Tokens that the answer may have; `nil` leaves it to the model.
    package var maximumTokens: Int?

    /// Whether the answer is wanted piece by piece.
    package var streams: Bool

    /// `nil`: the session's vectors are not asked.
    package var vectors: VectorUse?

    package struct Line: Hashable, Sendable {
        package var role: String
        package var text: String

        package init(role: String, text: String) {
            self.role = role
            self.text = text
        }
    }

    /// Which of the session's vectors are put into the prompt.
    package struct VectorUse: Hashable, Sendable {
        package var count: Int
        package var threshold: Float?
        package var filter: MetadataFilter?

        package init(count: Int, threshold: Float? = nil, filter: MetadataFilter? = nil) {
            self.count = count
            self.threshold = threshold
            self.filter = filter
        }
    }

    package init(
        prompt: String,
        conversation: [Line] = [],
        maximumTokens: Int? = nil,
        streams: Bool = true,
        vectors: VectorUse? = nil
    ) {
        self.prompt = prompt
        self.conversation = conversation
        self.maximumTokens = maximumTokens
        self.streams = streams
        self.vectors = vectors
    }
}

/// What steers the answers to prompts.
package struct PromptConfiguration: Sendable {
    /// Tokens of the prompt with everything in it.
    package var windowTokens = 8_000

    /// Passages of the knowledge base that are read when a prompt asks no vectors.
    package var passages = 12

    /// Members of a vector's metadata that may hold its passage; the first that is a text counts.
    package var textMembers = ["text", "content", "chunk", "passage", "page_content", "pageContent"]

    package init() {}
}
