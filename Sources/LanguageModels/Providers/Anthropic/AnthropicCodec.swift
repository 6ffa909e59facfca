import ContextCore
package import HTTP

/// Anthropic's messages (docs.anthropic.com/en/api/messages).
///
/// The system prompt stands apart, roles alternate, and the answer of a tool is said by the user. Where the stable part of
/// the prompt ends a cache mark is set; at most four are allowed, and one on the system prompt and one on the last stable
/// message are enough, since a later mark covers what is before it.
package struct AnthropicCodec: ProviderCodec {
    package let name: ModelName
    private let endpoint: ProviderEndpoint

    /// The interface demands a limit; this one stands where the request has none.
    private static let defaultMaxTokens = 4_096

    /// Anthropic's scale ends at half of OpenAI's.
    private static let temperatures = 0.0...1.0

    package static let version = "2023-06-01"

    package init(_ name: ModelName, at endpoint: ProviderEndpoint) {
        self.name = name
        self.endpoint = endpoint
    }

    package func encode(
        _ request: ModelRequest,
        without refused: RefusedMembers
    ) throws(ModelError) -> ClientRequest {
        let sampling = request.sampling
        if let temperature = sampling.temperature, !Self.temperatures.contains(temperature) {
            throw unsupported("temperature is \(temperature); Anthropic's models take 0 to 1")
        }
        guard sampling.seed == nil else { throw unsupported("a seed is set; Anthropic's models take none") }
        let (system, turns) = AnthropicTranscript.split(request)
        guard !turns.isEmpty else { throw unsupported("there is no message but system prompts") }
        let body = AnthropicRequest(
            model: name.model,
            system: system.isEmpty ? nil : system,
            messages: turns,
            maxTokens: sampling.maxTokens ?? Self.defaultMaxTokens,
            temperature: sampling.temperature,
            topP: sampling.topP,
            stopSequences: sampling.stop.isEmpty ? nil : sampling.stop,
            tools: request.tools.isEmpty ? nil : request.tools.map(AnthropicRequest.Tool.init),
            toolChoice: request.tools.isEmpty ? nil : request.toolChoice.map(AnthropicRequest.Choice.init)
        )
        return endpoint.post(endpoint.url("/v1/messages"), body: try ProviderJSON.encode(body, name))
    }

    package func makeDecoder() -> AnthropicDecoder { AnthropicDecoder(name) }

    /// docs.anthropic.com/en/api/models-list; 1,000 is the largest page.
    package var probe: ClientRequest { endpoint.get(endpoint.url("/v1/models") + "?limit=1000") }

    package func report(from body: [UInt8]) throws(ModelError) -> ProviderReport {
        ProviderReport(models: try OpenAIModelList.names(in: body, name))
    }

    package var countsTokens: Bool { true }

    /// `/v1/messages/count_tokens` (docs.anthropic.com/en/api/messages-count-tokens), which is free of charge.
    package func tokenCount(of request: ModelRequest) throws(ModelError) -> TokenCount? {
        let (system, turns) = AnthropicTranscript.split(request)
        guard !turns.isEmpty else { return nil }
        let body = AnthropicCountRequest(
            model: name.model,
            system: system.isEmpty ? nil : system,
            messages: turns,
            tools: request.tools.isEmpty ? nil : request.tools.map(AnthropicRequest.Tool.init)
        )
        let outgoing = endpoint.post(
            endpoint.url("/v1/messages/count_tokens"),
            body: try ProviderJSON.encode(body, name)
        )
        return .ask(outgoing) { [name] (answer) throws(ModelError) in
            .counted(try ProviderJSON.decode(InputTokens.self, from: answer, name).inputTokens)
        }
    }

    private func unsupported(_ message: String) -> ModelError {
        ModelError(.unsupported, name, "The request does not fit Anthropic's format: \(message).")
    }
}

/// What a prompt is counted of.
struct AnthropicCountRequest: Encodable {
    let model: String
    let system: [AnthropicBlock]?
    let messages: [AnthropicTurn]
    let tools: [AnthropicRequest.Tool]?
}

/// The count of a prompt, by the same name at OpenAI and Anthropic.
struct InputTokens: Decodable {
    let inputTokens: Int

    private enum CodingKeys: String, CodingKey { case inputTokens = "input_tokens" }
}

struct AnthropicRequest: Encodable {
    struct Tool: Encodable {
        let name: String
        let description: String?
        let inputSchema: JSONValue

        private enum CodingKeys: String, CodingKey {
            case name, description
            case inputSchema = "input_schema"
        }

        init(_ tool: LanguageModels.Tool) {
            name = tool.name
            description = tool.description
            inputSchema = tool.parameters
        }
    }

    struct Choice: Encodable {
        let type: String
        var name: String?

        init(_ choice: ToolChoice) {
            switch choice {
            case .automatic: type = "auto"
            case .never: type = "none"
            case .required: type = "any"
            case .named(let name):
                type = "tool"
                self.name = name
            }
        }
    }

    let model: String
    let system: [AnthropicBlock]?
    let messages: [AnthropicTurn]
    let maxTokens: Int
    let temperature: Double?
    let topP: Double?
    let stopSequences: [String]?
    let tools: [Tool]?
    let toolChoice: Choice?
    let stream = true

    private enum CodingKeys: String, CodingKey {
        case model, system, messages, temperature, tools, stream
        case maxTokens = "max_tokens"
        case topP = "top_p"
        case stopSequences = "stop_sequences"
        case toolChoice = "tool_choice"
    }
}
