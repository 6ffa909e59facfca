import ContextCore
package import HTTP

/// Ollama's `/api/chat` (github.com/ollama/ollama/blob/main/docs/api.md): newline-delimited JSON.
///
/// Without `num_ctx` Ollama cuts a long prompt silently at its own small window, so it is always sent; `truncate` and
/// `shift` forbid cutting at that one, before the answer and in its middle, to the versions that know them. For the others
/// ``PromptWindow`` refuses a prompt that is too long, and the answer gets no more than the prompt leaves.
package struct OllamaCodec: ProviderCodec {
    package let name: ModelName
    private let endpoint: ProviderEndpoint
    private let window: PromptWindow

    package init(_ name: ModelName, at endpoint: ProviderEndpoint, window: PromptWindow) {
        self.name = name
        self.endpoint = endpoint
        self.window = window
    }

    package func encode(
        _ request: ModelRequest,
        without refused: RefusedMembers
    ) throws(ModelError) -> ClientRequest {
        if let choice = request.toolChoice, choice != .automatic, !request.tools.isEmpty {
            throw ModelError(.unsupported, name, "The request forces a choice of tools; Ollama's format has none.")
        }
        var messages: [OllamaMessage] = []
        var toolNames: [String: String] = [:]
        for message in request.messages {
            for call in message.toolCalls { toolNames[call.id] = call.name }
            messages.append(try ollamaMessage(message, toolNames))
        }
        let sampling = request.sampling
        let body = OllamaRequest(
            model: name.model,
            messages: messages,
            tools: request.tools.isEmpty ? nil : request.tools.map(OpenAITool.init),
            options: OllamaRequest.Options(
                contextWindow: window.tokens,
                maxTokens: sampling.maxTokens.map { min($0, window.answerLimit(after: request)) },
                temperature: sampling.temperature,
                topP: sampling.topP,
                stop: sampling.stop.isEmpty ? nil : sampling.stop,
                seed: sampling.seed
            )
        )
        return endpoint.post(endpoint.url("/api/chat"), body: try ProviderJSON.encode(body, name))
    }

    package func makeDecoder() -> OllamaDecoder { OllamaDecoder(name) }

    package var probe: ClientRequest { endpoint.get(endpoint.url("/api/tags")) }

    /// A model without a tag is its `latest` one.
    package func report(from body: [UInt8]) throws(ModelError) -> ProviderReport {
        let names = try ProviderJSON.decode(OllamaTags.self, from: body, name).models.map(\.name)
        let suffix = ":latest"
        return ProviderReport(
            models: names + names.filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.count)) }
        )
    }

    private func ollamaMessage(_ message: Message, _ toolNames: [String: String]) throws(ModelError) -> OllamaMessage {
        var images: [String] = []
        for case .image(let image) in message.content {
            guard case .data(let base64, _) = image else {
                throw ModelError(
                    .unsupported,
                    name,
                    "A message has an image by address; Ollama takes images in base 64."
                )
            }
            images.append(base64)
        }
        return OllamaMessage(
            role: message.role.rawValue,
            content: message.text,
            images: images.isEmpty ? nil : images,
            toolCalls: message.toolCalls.isEmpty ? nil : message.toolCalls.map(OllamaMessage.Call.init),
            toolName: message.toolCallID.flatMap { toolNames[$0] }
        )
    }
}

private struct OllamaTags: Decodable {
    struct Model: Decodable { let name: String }

    let models: [Model]
}

struct OllamaRequest: Encodable {
    struct Options: Encodable {
        let contextWindow: Int
        let maxTokens: Int?
        let temperature: Double?
        let topP: Double?
        let stop: [String]?
        let seed: Int?

        private enum CodingKeys: String, CodingKey {
            case temperature, stop, seed
            case contextWindow = "num_ctx"
            case maxTokens = "num_predict"
            case topP = "top_p"
        }
    }

    let model: String
    let messages: [OllamaMessage]
    let tools: [OpenAITool]?
    let options: Options
    let stream = true
    let truncate = false
    let shift = false
}

struct OllamaMessage: Codable {
    struct Call: Codable {
        struct Function: Codable {
            let name: String
            let arguments: JSONValue
        }

        let function: Function

        init(_ call: ToolCall) {
            function = Function(name: call.name, arguments: ProviderJSON.arguments(of: call))
        }
    }

    let role: String?
    let content: String?
    var images: [String]?
    var toolCalls: [Call]?
    var toolName: String?

    /// A thought; never sent back.
    var thinking: String?

    var isProgress: Bool { content?.isEmpty == false || thinking?.isEmpty == false || toolCalls?.isEmpty == false }

    private enum CodingKeys: String, CodingKey {
        case role, content, images, thinking
        case toolCalls = "tool_calls"
        case toolName = "tool_name"
    }
}
