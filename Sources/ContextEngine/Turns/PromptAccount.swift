package import ContextCore
package import LanguageModels

/// The part of a manifest that is about a prompt: every message with what became of it.
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

    /// The beginning of a prompt that the next one may share, by its bytes.
    package struct StablePrefix: Hashable, Codable, Sendable {
        /// Messages of the prompt, its system prompts counted.
        package var messages: Int

        /// As ``ContextManifest/hash(of:)`` has it.
        package var hash: String
    }

    /// What of a prompt only its caller holds, word for word.
    package struct Kept: Hashable, Codable, Sendable {
        package var system: String

        /// As it stands in the prompt: without what was dropped, and shortened where it was.
        package var history: [Message]
        package var question: Message
    }

    /// Empty where the caller holds the history.
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

    package var measure: PromptMeasure?
    package var stable: StablePrefix?

    /// `nil` where the server holds the history; it goes with the manifest.
    package var kept: Kept?

    /// Who answered, and what the provider counted; `nil` until then.
    package private(set) var model: String?
    package private(set) var reported: TokenUsage?

    /// Our count of the prompt minus the provider's.
    package private(set) var difference: Int?

    /// Notes who answered, and what its provider counted once the answer is complete.
    package mutating func note(_ model: String?, _ usage: TokenUsage?) {
        self.model = model
        reported = usage
        difference = usage?.input.map { tokens.total - $0 }
    }

    private enum CodingKeys: String, CodingKey {
        case question, summary, tokens, messages, measure, stable, kept, model, reported, difference
        case conversationID = "conversation_id"
        case nearestTopics = "nearest_topics"
        case predictedCachedTokens = "predicted_cached_tokens"
    }
}

extension PromptAccount.StablePrefix {
    init(of prompt: PromptPlanner.Prompt) throws {
        messages = prompt.stablePrefix
        hash = try ContextManifest.hash(of: Array(prompt.messages.prefix(prompt.stablePrefix)))
    }

    /// Whether a later prompt begins with the same bytes.
    func begins(_ prompt: PromptPlanner.Prompt) throws -> Bool {
        guard messages > 0, messages < prompt.messages.count else { return false }
        return try ContextManifest.hash(of: Array(prompt.messages.prefix(messages))) == hash
    }
}
