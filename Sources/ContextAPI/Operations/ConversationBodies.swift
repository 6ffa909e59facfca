import ContextCore
package import ContextEngine
package import LanguageModels

struct ConversationBody: Decodable, KnownKeys {
    var title: String?
    var systemPrompt: String?
    var projectIDs: [String]?
    var collections: [String]?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case title, collections
        case systemPrompt = "system_prompt"
        case projectIDs = "project_ids"
    }

    static var keys: [String] { CodingKeys.allCases.map(\.rawValue) }

    /// - Throws: ``ContextError`` for projects: there are none for the local user.
    var draft: ConversationDraft {
        get throws(ContextError) {
            if let project = projectIDs?.first { throw .unknown("project", project, parameter: "project_ids") }
            return ConversationDraft(title: title, systemPrompt: systemPrompt, collections: collections)
        }
    }
}

struct MessageBody: Decodable, KnownKeys {
    var content: String
    var stream: Bool?
    var maxContextTokens: Fitting<Int>?
    var collections: [String]?
    var model: String?
    var explain: Bool?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case content, stream, collections, model, explain
        case maxContextTokens = "max_context_tokens"
    }

    static var keys: [String] { CodingKeys.allCases.map(\.rawValue) }

    var request: MessageRequest {
        MessageRequest(
            content: content,
            maxContextTokens: maxContextTokens?.value,
            collections: collections,
            model: model
        )
    }
}

package struct ConversationReport: Encodable {
    let conversation: Conversation

    package init(_ conversation: Conversation) {
        self.conversation = conversation
    }

    private enum CodingKeys: String, CodingKey {
        case id, title, collections
        case systemPrompt = "system_prompt"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
        case messageCount = "message_count"
    }

    /// What was not given is there as null.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(conversation.id, forKey: .id)
        try container.encode(conversation.title, forKey: .title)
        try container.encode(conversation.systemPrompt, forKey: .systemPrompt)
        try container.encode(conversation.collections, forKey: .collections)
        try container.encode(conversation.createdAt.iso8601, forKey: .createdAt)
        try container.encode(conversation.updatedAt.iso8601, forKey: .updatedAt)
        try container.encode(conversation.messageCount, forKey: .messageCount)
    }
}

struct ConversationList: Encodable {
    let conversations: [ConversationReport]
    let nextCursor: String?

    private enum CodingKeys: String, CodingKey {
        case conversations
        case nextCursor = "next_cursor"
    }
}

package struct MessageReport: Encodable {
    let id: String
    let role: Message.Role
    let content: String
    let createdAt: String

    /// `complete`, or why what was said is all there is.
    let status: String
    let model: String?
    let manifestID: String?
    let finishReason: String?

    package init(_ message: ConversationMessage) {
        id = message.id
        role = message.role
        content = message.text
        createdAt = message.createdAt.iso8601
        status = message.state.rawValue
        model = message.model
        manifestID = message.manifestID
        finishReason = message.finishReason
    }

    private enum CodingKeys: String, CodingKey {
        case id, role, content, status, model
        case createdAt = "created_at"
        case manifestID = "manifest_id"
        case finishReason = "finish_reason"
    }
}

struct MessageList: Encodable {
    let messages: [MessageReport]
    let nextCursor: String?

    private enum CodingKeys: String, CodingKey {
        case messages
        case nextCursor = "next_cursor"
    }
}

package struct TurnReport: Encodable {
    let message: MessageReport
    let context: TurnContext?
    let citations: [Citation]

    /// Writes that wait for a person; no tool makes any yet.
    let proposals: [String] = []
    let usage: UsageReport
    let manifest: ContextManifest?

    package init(_ turn: Turn) {
        message = MessageReport(turn.answer)
        context = turn.context
        citations = turn.citations
        usage = UsageReport(turn.answer.usage)
        manifest = turn.manifest
    }
}

/// Tokens as the provider counted them, in OpenAI's words; null where it did not say.
package struct UsageReport: Encodable {
    let usage: TokenUsage

    package init(_ usage: TokenUsage?) {
        self.usage = usage ?? TokenUsage()
    }

    private enum CodingKeys: String, CodingKey {
        case promptTokens = "prompt_tokens"
        case completionTokens = "completion_tokens"
        case totalTokens = "total_tokens"
        case cachedTokens = "cached_tokens"
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(usage.input, forKey: .promptTokens)
        try container.encode(usage.output, forKey: .completionTokens)
        try container.encode(usage.output.flatMap { output in usage.input.map { $0 + output } }, forKey: .totalTokens)
        try container.encode(usage.cachedInput, forKey: .cachedTokens)
    }
}
