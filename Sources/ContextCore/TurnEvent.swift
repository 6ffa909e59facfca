/// What happens while a prompt is answered: the one stream that every way in encodes in its own form.
///
/// First ``began(promptTokens:)``, then any number of deltas, last ``ended(_:)``; a stream that fails has no last event,
/// it throws.
package enum TurnEvent: Hashable, Sendable {
    /// The prompt is put together and fits.
    case began(promptTokens: Int)

    /// The next piece of the answer.
    case delta(String, tokens: Int)
    case ended(TurnEnd)
}

/// The end of an answer, with what the caller should know about how it came about.
package struct TurnEnd: Hashable, Sendable {
    /// As OpenAI's clients know it: `stop`, or `length` when the tokens ran out.
    package var finishReason: String
    package var promptTokens: Int
    package var completionTokens: Int

    /// Who answered.
    package var model: String

    /// What the text's `[1]`, `[2]`, … stand for.
    package var citations: [Citation]

    /// Passages that were found and are not in the prompt, by reason; never silent.
    package var omitted: [String: Int]

    /// Sentences for people about what is unusual with this answer.
    package var notes: [String]

    package struct Citation: Hashable, Sendable {
        /// As the text has it in brackets.
        package var number: Int
        package let id: ClientID

        /// Likeness to the prompt; `nil` where nothing was measured.
        package let score: Double?

        package init(number: Int = 0, id: ClientID, score: Double? = nil) {
            self.number = number
            self.id = id
            self.score = score
        }
    }

    package init(
        finishReason: String,
        promptTokens: Int,
        completionTokens: Int,
        model: String,
        citations: [Citation] = [],
        omitted: [String: Int] = [:],
        notes: [String] = []
    ) {
        self.finishReason = finishReason
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
        self.model = model
        self.citations = citations
        self.omitted = omitted
        self.notes = notes
    }
}

/// A prompt that is larger than the model's window, before any passage was added to it.
package struct TokenLimitExceeded: Error, Hashable, Sendable {
    package let promptTokens: Int
    package let windowTokens: Int

    package init(promptTokens: Int, windowTokens: Int) {
        self.promptTokens = promptTokens
        self.windowTokens = windowTokens
    }
}
