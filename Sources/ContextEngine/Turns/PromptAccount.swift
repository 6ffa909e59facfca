package import LanguageModels

/// The part of a manifest that is about a conversation's prompt: every message with what became of it.
package struct PromptAccount: Hashable, Codable, Sendable {
    package enum Decision: String, Codable, Sendable {
        case included
        /// It stands in the summary.
        case summarised
        case overBudget = "over_budget"
        /// An answer that never began has nothing to say.
        case empty
    }

    package struct Entry: Hashable, Codable, Sendable {
        package var id: String
        package var number: Int
        package var role: String
        package var decision: Decision
    }

    package var conversationID: String

    /// The number of the message that is answered.
    package var question: Int
    package var summary: Int?
    package var tokens: PromptLedger
    package var messages: [Entry]

    /// What precedes the question when no passage fitted; `nil` when nothing had to be said.
    package var nearestTopics: [String]?

    /// Tokens of the prompt's beginning that also began the previous prompt.
    package var predictedCachedTokens: Int

    /// Who answered, and what the provider counted; `nil` until then.
    package var model: String?
    package var reported: TokenUsage?

    /// The provider's count of the prompt minus ours.
    package var difference: Int? { reported?.input.map { $0 - tokens.total } }

    private enum CodingKeys: String, CodingKey {
        case question, summary, tokens, messages, model, reported
        case conversationID = "conversation_id"
        case nearestTopics = "nearest_topics"
        case predictedCachedTokens = "predicted_cached_tokens"
    }
}
