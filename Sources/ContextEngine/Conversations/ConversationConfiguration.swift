/// Everything that can be set about conversations, with the defaults.
package struct ConversationConfiguration: Sendable {
    /// Characters of a message.
    package var contentCharacters = 32_000
    package var titleCharacters = 200
    package var systemPromptCharacters = 32_000
    package var idempotencyKeyCharacters = 255

    /// Tokens of a prompt when the request names no limit, and the most that it may name.
    package var contextTokens = 8_000
    package var maximumContextTokens = 1_000_000

    /// Passages that are looked at for a prompt; a model that is paid by the token should not read what hardly fits.
    package var passages = 8

    /// Messages that always stand in the prompt word for word, budget permitting.
    package var recentMessages = 10

    /// Messages beyond the summary from which it is renewed.
    package var summaryAt = 20

    /// Tokens of a summary.
    package var summaryTokens = 400

    /// Messages or conversations of a page.
    package var page = 50
    package var maximumPage = 200

    package init() {}
}
