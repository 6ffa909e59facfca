import ContextCore

/// The tokens that a model has for a prompt and its answer together.
///
/// Some providers cut a prompt that is longer without a word, so it never gets there.
package struct PromptWindow: Hashable, Sendable {
    package let tokens: Int

    package init(tokens: Int) {
        self.tokens = tokens
    }

    /// What prompts are measured by: about right for English, and above it for most else.
    private static let meter = TokenMeter(TokenEstimator(), factor: 1)

    /// What an answer of at most so many tokens leaves; it never claims more than half.
    func promptLimit(answer: Int?) -> Int { tokens - min(answer ?? 0, tokens / 2) }

    /// What is left for the answer to a prompt.
    func answerLimit(after request: ModelRequest) -> Int { max(1, tokens - Self.count(request)) }

    /// - Throws: ``ModelError`` (context length exceeded), with both numbers.
    func check(_ request: ModelRequest, _ model: ModelName) throws(ModelError) {
        let count = Self.count(request)
        guard count >= tokens else { return }
        throw ModelError(
            .contextLengthExceeded,
            model,
            "the prompt has about \(count) tokens, and the window \(tokens) for prompt and answer. "
                + "Shorten the prompt, or raise llm.context_window if the model has more"
        )
    }

    private static func count(_ request: ModelRequest) -> Int {
        request.messages.reduce(0) { $0 + meter.count($1) } + request.tools.reduce(0) { $0 + meter.count($1) }
    }
}
