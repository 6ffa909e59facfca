import ContextCore

/// Messages in Anthropic's order: system prompts apart, then turns that alternate and begin with the user's.
enum AnthropicTranscript {
    /// What stands for the beginning when it is the assistant's: the format wants the user's words first.
    private static let omittedBeginning = "(The beginning of the conversation is not shown.)"

    static func split(_ request: ModelRequest) -> (system: [AnthropicBlock], turns: [AnthropicTurn]) {
        var system: [AnthropicBlock] = []
        var turns: [AnthropicTurn] = []
        for (place, message) in request.messages.enumerated() {
            let isLastStable = place + 1 == request.stablePrefix
            if message.role == .system {
                system += blocks(of: message)
                if isLastStable { system.mark() }
            } else {
                append(message, to: &turns)
                if isLastStable, !turns.isEmpty { turns[turns.endIndex - 1].content.mark() }
            }
        }
        if request.stablePrefix > 0 { system.mark() }
        if turns.first?.role == "assistant" {
            turns.insert(AnthropicTurn(role: "user", content: [.text(omittedBeginning)]), at: 0)
        }
        return (system, turns)
    }

    private static func append(_ message: Message, to turns: inout [AnthropicTurn]) {
        let blocks = blocks(of: message)
        guard !blocks.isEmpty else { return }
        let role = message.role == .assistant ? "assistant" : "user"
        if turns.last?.role == role {
            turns[turns.endIndex - 1].content += blocks
        } else {
            turns.append(AnthropicTurn(role: role, content: blocks))
        }
    }

    private static func blocks(of message: Message) -> [AnthropicBlock] {
        let content = message.content.map(AnthropicBlock.init)
        if message.role == .tool {
            return [AnthropicBlock(type: "tool_result", toolUseID: message.toolCallID ?? "", content: content)]
        }
        return content + message.toolCalls.map(AnthropicBlock.init)
    }
}

struct AnthropicTurn: Encodable, Equatable {
    let role: String
    var content: [AnthropicBlock]
}

/// One block of content; which members it has depends on its type.
struct AnthropicBlock: Encodable, Equatable {
    struct Source: Encodable, Equatable {
        let type: String
        var url: String?
        var mediaType: String?
        var data: String?

        private enum CodingKeys: String, CodingKey {
            case type, url, data
            case mediaType = "media_type"
        }
    }

    struct CacheControl: Encodable, Equatable {
        var type = "ephemeral"
    }

    let type: String
    var text: String?
    var source: Source?
    var id: String?
    var name: String?
    var input: JSONValue?
    var toolUseID: String?
    var content: [AnthropicBlock]?
    var cacheControl: CacheControl?

    private enum CodingKeys: String, CodingKey {
        case type, text, source, id, name, input, content
        case toolUseID = "tool_use_id"
        case cacheControl = "cache_control"
    }

    static func text(_ text: String) -> AnthropicBlock { AnthropicBlock(type: "text", text: text) }

    init(
        type: String,
        text: String? = nil,
        source: Source? = nil,
        toolUseID: String? = nil,
        content: [AnthropicBlock]? = nil
    ) {
        self.type = type
        self.text = text
        self.source = source
        self.toolUseID = toolUseID
        self.content = content
    }

    init(_ part: Message.Part) {
        switch part {
        case .text(let text): self.init(type: "text", text: text)
        case .image(.url(let url)): self.init(type: "image", source: Source(type: "url", url: url))
        case .image(.data(let data, let mediaType)):
            self.init(type: "image", source: Source(type: "base64", mediaType: mediaType, data: data))
        }
    }

    init(_ call: ToolCall) {
        self.init(type: "tool_use")
        id = call.id
        name = call.name
        input = ProviderJSON.arguments(of: call)
    }
}

extension [AnthropicBlock] {
    /// Says that the prompt up to here will come again.
    fileprivate mutating func mark() {
        guard !isEmpty else { return }
        self[endIndex - 1].cacheControl = AnthropicBlock.CacheControl()
    }
}
