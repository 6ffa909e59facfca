import ContextCore
package import LanguageModels

/// A conversation to be begun.
package struct ConversationDraft: Sendable {
    package var title: String?
    package var systemPrompt: String?
    package var collections: [String]?

    package init(title: String? = nil, systemPrompt: String? = nil, collections: [String]? = nil) {
        self.title = title
        self.systemPrompt = systemPrompt
        self.collections = collections
    }

    func validated(_ limits: ConversationConfiguration) throws(ContextError) -> ConversationDraft {
        var draft = self
        draft.title = try Self.optional(title, "title", limit: limits.titleCharacters)
        draft.systemPrompt = try Self.optional(systemPrompt, "system_prompt", limit: limits.systemPromptCharacters)
        return draft
    }

    private static func optional(_ text: String?, _ field: String, limit: Int) throws(ContextError) -> String? {
        guard let text, !text.trimmed.isEmpty else { return nil }
        return try Validation.text(text, field, limit: limit)
    }
}

/// A message to a conversation.
package struct MessageRequest: Sendable {
    package var content: String
    package var maxContextTokens: Int?

    /// In place of the conversation's own.
    package var collections: [String]?

    /// The model that answers; `nil` for the preferred one.
    ///
    /// It may differ from message to message.
    package var model: String?
    package var sampling = Sampling()

    /// Makes a repetition safe: the same key is the same message.
    package var idempotencyKey: String?

    package init(
        content: String,
        maxContextTokens: Int? = nil,
        collections: [String]? = nil,
        model: String? = nil,
        idempotencyKey: String? = nil
    ) {
        self.content = content
        self.maxContextTokens = maxContextTokens
        self.collections = collections
        self.model = model
        self.idempotencyKey = idempotencyKey
    }

    func validated(_ limits: ConversationConfiguration) throws(ContextError) -> MessageRequest {
        var request = self
        request.content = try Validation.text(content, "content", limit: limits.contentCharacters)
        if let tokens = maxContextTokens, !(1...limits.maximumContextTokens).contains(tokens) {
            throw .invalid(
                "max_context_tokens",
                "max_context_tokens is \(tokens); use 1 to \(limits.maximumContextTokens)."
            )
        }
        if let key = idempotencyKey {
            try Validation.identifier(key, "Idempotency-Key", limit: limits.idempotencyKeyCharacters)
        }
        return request
    }
}
