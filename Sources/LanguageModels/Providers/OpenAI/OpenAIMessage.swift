package import ContextCore

/// A message as chat completions spell it, in both directions: to a provider, and from OpenAI's clients.
package struct OpenAIMessage: Decodable, Sendable {
    package var role: String
    package var content: Content?
    package var toolCalls: [Call]?
    package var toolCallID: String?

    private enum CodingKeys: String, CodingKey {
        case role, content
        case toolCalls = "tool_calls"
        case toolCallID = "tool_call_id"
    }

    package enum Content: Sendable {
        case text(String)
        case parts([Part])
    }

    package struct Part: Decodable, Sendable {
        struct ImageURL: Decodable { let url: String }

        let type: String
        var text: String?
        var imageURL: ImageURL?

        private enum CodingKeys: String, CodingKey {
            case type, text
            case imageURL = "image_url"
        }
    }

    package struct Call: Decodable, Sendable {
        struct Function: Decodable {
            let name: String
            let arguments: String
        }

        let id: String
        let type: String
        let function: Function
    }
}

extension OpenAIMessage {
    package init(role: String, text: String) {
        self.role = role
        content = .text(text)
    }

    package init(_ message: Message) {
        role = message.role.rawValue
        toolCalls = message.toolCalls.isEmpty ? nil : message.toolCalls.map(Call.init)
        toolCallID = message.toolCallID
        let hasImages = message.content.contains { if case .image = $0 { true } else { false } }
        if hasImages {
            content = .parts(message.content.map(Part.init))
        } else {
            content = message.content.isEmpty && toolCalls != nil ? nil : .text(message.text)
        }
    }

    /// - Throws: ``ContextError`` that names the member to blame.
    package func message(at path: String) throws(ContextError) -> Message {
        guard let role = Message.Role(rawValue: role == "developer" ? "system" : role) else {
            throw .invalid(
                "\(path).role",
                "\(path).role is “\(role.clipped(to: 40))”; use system, user, assistant or tool."
            )
        }
        guard role != .tool || toolCallID != nil else {
            throw .invalid("\(path).tool_call_id", "\(path).tool_call_id is required for a message of role tool.")
        }
        return Message(
            role,
            try parts(at: path),
            toolCalls: toolCalls?.map { ToolCall(id: $0.id, name: $0.function.name, arguments: $0.function.arguments) }
                ?? [],
            toolCallID: role == .tool ? toolCallID : nil
        )
    }

    private func parts(at path: String) throws(ContextError) -> [Message.Part] {
        switch content {
        case nil: return []
        case .text(let text): return text.isEmpty ? [] : [.text(text)]
        case .parts(let parts):
            var result: [Message.Part] = []
            for (index, part) in parts.enumerated() {
                result.append(try part.part(at: "\(path).content[\(index)]"))
            }
            return result
        }
    }
}

extension OpenAIMessage.Content: Decodable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
            self = .text(text)
        } else {
            self = .parts(try container.decode([OpenAIMessage.Part].self))
        }
    }
}

extension OpenAIMessage.Part {
    init(_ part: Message.Part) {
        switch part {
        case .text(let text):
            type = "text"
            self.text = text
        case .image(let image):
            type = "image_url"
            imageURL = ImageURL(url: image.asURL)
        }
    }

    func part(at path: String) throws(ContextError) -> Message.Part {
        switch (type, text, imageURL) {
        case ("text", let text?, _): return .text(text)
        case ("image_url", _, let image?): return .image(Image(url: image.url))
        default:
            throw .invalid(path, "\(path) is of type “\(type.clipped(to: 40))”; text and image_url are understood.")
        }
    }
}

extension OpenAIMessage.Call {
    init(_ call: ToolCall) {
        id = call.id
        type = "function"
        function = Function(name: call.name, arguments: call.arguments)
    }
}

extension Image {
    /// An address, or the picture itself as a `data:` URL (RFC 2397).
    var asURL: String {
        switch self {
        case .url(let url): url
        case .data(let base64, let mediaType): "data:\(mediaType);base64,\(base64)"
        }
    }

    init(url: String) {
        guard url.hasPrefix("data:"), let comma = url.firstIndex(of: ",") else {
            self = .url(url)
            return
        }
        let head = url[..<comma].dropFirst("data:".count)
        guard head.hasSuffix(";base64") else {
            self = .url(url)
            return
        }
        self = .data(String(url[url.index(after: comma)...]), mediaType: String(head.dropLast(";base64".count)))
    }
}
