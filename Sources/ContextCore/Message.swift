/// One thing said in a conversation, whoever's wire format it came in.
package struct Message: Hashable, Codable, Sendable {
    package enum Role: String, Hashable, Codable, Sendable, CaseIterable { case system, user, assistant, tool }

    package enum Part: Hashable, Codable, Sendable {
        case text(String)
        case image(Image)
    }

    package var role: Role
    package var content: [Part]

    /// What an assistant wants done before it goes on.
    package var toolCalls: [ToolCall]

    /// Which call this message answers; only for ``Role/tool``.
    package var toolCallID: String?

    package init(_ role: Role, _ content: [Part], toolCalls: [ToolCall] = [], toolCallID: String? = nil) {
        self.role = role
        self.content = content
        self.toolCalls = toolCalls
        self.toolCallID = toolCallID
    }

    package init(_ role: Role, _ text: String) {
        self.init(role, text.isEmpty ? [] : [.text(text)])
    }

    /// The text parts, joined by line breaks.
    package var text: String {
        content.compactMap { if case .text(let text) = $0 { text } else { nil } }.joined(separator: "\n")
    }
}

/// A picture in a message.
package enum Image: Hashable, Codable, Sendable {
    /// The provider fetches it; not every provider can.
    case url(String)

    /// In base 64, with a media type such as `image/png`.
    case data(String, mediaType: String)
}

/// A model's wish that a tool is run.
package struct ToolCall: Hashable, Codable, Sendable {
    package var id: String
    package var name: String

    /// JSON text as the model wrote it: it may be malformed, and whoever runs the tool says so.
    package var arguments: String

    package init(id: String, name: String, arguments: String) {
        self.id = id
        self.name = name
        self.arguments = arguments
    }
}
