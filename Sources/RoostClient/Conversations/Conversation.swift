public import Foundation

/// A conversation that the server keeps: its messages, their summary, and what each answer was given.
public struct Conversation: Identifiable, Hashable, Sendable {
    public let id: String
    public let title: String?

    /// What the model is told before everything else; it never falls out of the window.
    public let systemPrompt: String?

    /// What answers draw on; `nil` for everything that its owner may read.
    public let collections: [String]?
    public let createdAt: Date

    /// Questions and answers.
    public let messageCount: Int
}

/// One thing that was said in a conversation.
public struct ConversationMessage: Identifiable, Hashable, Sendable {
    public enum Role: String, Codable, Sendable { case system, user, assistant, tool }

    /// Whether an answer is whole.
    public enum Status: String, Codable, Sendable {
        case complete
        /// Whoever asked went away; what was said by then is kept.
        case interrupted
        /// The model failed; what was said by then is kept.
        case failed
    }

    public let id: String
    public let role: Role
    public let content: String
    public let createdAt: Date
    public let status: Status

    /// Who answered, `provider:model`; `nil` for what a person said.
    public let model: String?
}

/// An answer, with what it rests upon.
public struct Reply: Sendable {
    public let message: ConversationMessage
    public let citations: [ReplyCitation]

    /// `nil` for an answer that was given before.
    public let context: ReplyContext?

    /// Tokens as the provider counts them; `nil` where it does not say.
    public let usage: ReplyUsage
}

/// A passage that an answer names by its number in brackets.
public struct ReplyCitation: Hashable, Decodable, Sendable {
    public let number: Int
    public let id: String
    public let title: String
    public let source: String
    public let collection: String
    public let score: Double
}

/// What the model was given.
public struct ReplyContext: Hashable, Sendable {
    public let passagesUsed: Int

    /// Messages of the conversation in the prompt, and those for which it had no room.
    public let messagesUsed: Int
    public let messagesDropped: Int
    public let summaryUsed: Bool

    /// Tokens of the prompt by source, and their `total`.
    public let tokens: [String: Int]

    /// Under which `GET /v1/manifests/{id}` accounts for every candidate.
    public let manifestID: String
}

public struct ReplyUsage: Hashable, Sendable {
    public let promptTokens: Int?
    public let completionTokens: Int?

    /// The part of the prompt that the provider read from its cache.
    public let cachedTokens: Int?
}

/// What happens while a message is answered; the last event is `done`.
public enum ReplyEvent: Sendable {
    case context(ReplyContext)

    /// The model is busy; so many are served first, this one counted.
    case queued(position: Int)
    case text(String)
    case done(Reply)
}

/// How a message is answered.
public struct MessageOptions: Sendable {
    /// Who answers, from this message on or for this one only: a model's name, or `provider:model`.
    ///
    /// `nil` is the server's preferred one. The history is formatted for whoever is asked.
    public var model: String?

    /// Tokens of the prompt; `nil` is the server's setting.
    public var maximumContextTokens: Int?

    /// In place of the conversation's own.
    public var collections: [String]?

    public init(model: String? = nil, maximumContextTokens: Int? = nil, collections: [String]? = nil) {
        self.model = model
        self.maximumContextTokens = maximumContextTokens
        self.collections = collections
    }
}

extension Conversation: Decodable {
    private enum CodingKeys: String, CodingKey {
        case id, title, collections
        case systemPrompt = "system_prompt"
        case createdAt = "created_at"
        case messageCount = "message_count"
    }
}

extension ConversationMessage: Decodable {
    private enum CodingKeys: String, CodingKey {
        case id, role, content, status, model
        case createdAt = "created_at"
    }
}

extension Reply: Decodable {}

extension ReplyContext: Decodable {
    private enum CodingKeys: String, CodingKey {
        case tokens
        case passagesUsed = "passages_used"
        case messagesUsed = "messages_used"
        case messagesDropped = "messages_dropped"
        case summaryUsed = "summary_used"
        case manifestID = "manifest_id"
    }
}

extension ReplyUsage: Decodable {
    private enum CodingKeys: String, CodingKey {
        case promptTokens = "prompt_tokens"
        case completionTokens = "completion_tokens"
        case cachedTokens = "cached_tokens"
    }
}
