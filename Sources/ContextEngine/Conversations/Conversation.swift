package import ContextCore
package import LanguageModels

/// A conversation as it is kept; its messages are read apart.
package struct Conversation: Hashable, Sendable {
    package let id: String
    package let scope: Scope
    package let subject: String
    package var title: String?
    package var systemPrompt: String?

    /// The collections that it draws on; `nil` for all that its owner may read.
    package var collections: [String]?
    package let createdAt: Timestamp
    package var updatedAt: Timestamp

    /// The number of the newest message; messages count from 1.
    package var messageCount = 0

    /// The newest summary; what it covers no longer stands in the prompt word for word.
    package var summary: Summary?

    package struct Summary: Hashable, Sendable {
        package let number: Int
        package let text: String

        /// The number of the last message in it.
        package let coversThrough: Int

        /// `model` or `extractive`.
        package let method: String
    }

    package init(id: String, for principal: Principal, at now: Timestamp) {
        self.init(id: id, scope: principal.home, subject: principal.subject, createdAt: now, updatedAt: now)
    }

    package init(id: String, scope: Scope, subject: String, createdAt: Timestamp, updatedAt: Timestamp) {
        self.id = id
        self.scope = scope
        self.subject = subject
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    /// What the model is told before everything else.
    var instructions: String {
        [PromptTexts.boundaries, systemPrompt].compactMap(\.self).joined(separator: "\n\n")
    }

    package func belongs(to principal: Principal) -> Bool {
        subject == principal.subject && principal.canRead(scope, ofConversation: id)
    }
}

/// A message as it is kept.
package struct ConversationMessage: Hashable, Sendable {
    package enum State: String, Sendable {
        case complete
        /// Whoever asked went away in the middle; what was said by then is kept.
        case interrupted
        /// The model failed; what was said by then is kept, which may be nothing.
        case failed
    }

    package let id: String
    package let number: Int
    package let role: Message.Role
    package var text: String
    package let createdAt: Timestamp
    package var state: State

    /// Who answered; `nil` for what a person said.
    package var model: String?
    package var manifestID: String?
    package var usage: TokenUsage?
    package var finishReason: String?

    /// Whether it belongs into later prompts: an answer that never began does not.
    package var isSaid: Bool { !text.isEmpty }

    package var message: Message { Message(role, text) }
}
