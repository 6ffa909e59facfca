import ContextCore
import HTTP
import LanguageModels
import Testing

struct `Requests to providers` {
    private let weather = Tool(
        name: "weather",
        description: "Tells the weather.",
        parameters: ["type": "object", "properties": ["city": ["type": "string"]]]
    )

    private var request: ModelRequest {
        var request = ModelRequest([
            Message(.system, "Be brief."),
            Message(.user, [.text("What is this?"), .image(.data("aGk=", mediaType: "image/png"))]),
            Message(.assistant, [], toolCalls: [ToolCall(id: "c1", name: "weather", arguments: #"{"city":"Bern"}"#)]),
            Message(.tool, [.text("12 °C")], toolCallID: "c1"),
            Message(.user, "Thanks."),
        ])
        request.sampling.maxTokens = 50
        request.sampling.temperature = 0.5
        request.sampling.stop = ["END"]
        request.tools = [weather]
        request.toolChoice = .required
        return request
    }

    @Test func `OpenAI's format carries messages, images, calls and tools`() throws {
        let endpoint = ProviderEndpoint("http://x/v1/", headers: ["Authorization": "Bearer k"])
        let encoded = try OpenAICodec(ModelName(provider: "openai", model: "m"), at: endpoint).encode(request)
        #expect(encoded.url == "http://x/v1/chat/completions")
        #expect(encoded.headers["Authorization"] == "Bearer k")
        let call: JSONValue = [
            "id": "c1", "type": "function", "function": ["name": "weather", "arguments": #"{"city":"Bern"}"#],
        ]
        let question: JSONValue = [
            ["type": "text", "text": "What is this?"],
            ["type": "image_url", "image_url": ["url": "data:image/png;base64,aGk="]],
        ]
        let expected: JSONValue = [
            "model": "m", "stream": true, "stream_options": ["include_usage": true],
            "max_tokens": 50, "temperature": 0.5, "stop": ["END"], "tool_choice": "required",
            "messages": [
                ["role": "system", "content": "Be brief."], ["role": "user", "content": question],
                ["role": "assistant", "tool_calls": [call]],
                ["role": "tool", "content": "12 °C", "tool_call_id": "c1"], ["role": "user", "content": "Thanks."],
            ],
            "tools": [
                [
                    "type": "function",
                    "function": [
                        "name": "weather", "description": "Tells the weather.", "parameters": weather.parameters,
                    ],
                ]
            ],
        ]
        #expect(try body(encoded) == expected)
    }

    @Test func `Azure is asked at its deployment, by its own header and version`() throws {
        var dialect = OpenAICodec.Dialect()
        dialect.apiVersion = "2024-10-21"
        dialect.usesMaxCompletionTokens = true
        let codec = OpenAICodec(
            ModelName(provider: "openai", model: "m"),
            at: ProviderEndpoint("https://r.openai.azure.com/openai/deployments/d", headers: ["api-key": "k"]),
            dialect: dialect
        )
        let encoded = try codec.encode(request)
        #expect(
            encoded.url
                == "https://r.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21"
        )
        #expect(try body(encoded).objectValue?["max_completion_tokens"] == 50)
        #expect(try body(encoded).objectValue?["max_tokens"] == nil)
    }

    @Test func `Anthropic's format has the system prompt apart and the tool's result with the user`() throws {
        let codec = AnthropicCodec(ModelName(provider: "anthropic", model: "m"), at: ProviderEndpoint("http://x"))
        let encoded = try codec.encode(request)
        #expect(encoded.url == "http://x/v1/messages")
        let picture: JSONValue = [
            "type": "image", "source": ["type": "base64", "media_type": "image/png", "data": "aGk="],
        ]
        let result: JSONValue = [
            "type": "tool_result", "tool_use_id": "c1", "content": [["type": "text", "text": "12 °C"]],
        ]
        let call: JSONValue = ["type": "tool_use", "id": "c1", "name": "weather", "input": ["city": "Bern"]]
        let expected: JSONValue = [
            "model": "m", "stream": true, "max_tokens": 50, "temperature": 0.5, "stop_sequences": ["END"],
            "system": [["type": "text", "text": "Be brief."]], "tool_choice": ["type": "any"],
            "messages": [
                ["role": "user", "content": [["type": "text", "text": "What is this?"], picture]],
                ["role": "assistant", "content": [call]],
                ["role": "user", "content": [result, ["type": "text", "text": "Thanks."]]],
            ],
            "tools": [
                ["name": "weather", "description": "Tells the weather.", "input_schema": weather.parameters]
            ],
        ]
        #expect(try body(encoded) == expected)
    }

    @Test func `Anthropic's cache marks stand where the stable part ends`() throws {
        var request = ModelRequest([
            Message(.system, "S"), Message(.user, "1"), Message(.assistant, "2"), Message(.user, "3"),
        ])
        request.stablePrefix = 3
        let codec = AnthropicCodec(ModelName(provider: "anthropic", model: "m"), at: ProviderEndpoint("http://x"))
        let text = String(decoding: try codec.encode(request).body, as: UTF8.self)
        #expect(text.contains(#"{"cache_control":{"type":"ephemeral"},"text":"S","type":"text"}"#))
        #expect(text.contains(#"{"cache_control":{"type":"ephemeral"},"text":"2","type":"text"}"#))
        #expect(!text.contains(#""text":"3","type":"text"},{"cache"#))
        #expect(text.split(separator: "cache_control").count == 3)
    }

    @Test func `Anthropic's turns alternate and begin with the user's`() throws {
        let request = ModelRequest([
            Message(.assistant, "a"), Message(.user, "b"), Message(.user, "c"), Message(.assistant, "d"),
        ])
        let codec = AnthropicCodec(ModelName(provider: "anthropic", model: "m"), at: ProviderEndpoint("http://x"))
        let turns = try body(codec.encode(request)).objectValue?["messages"]
        guard case .array(let messages) = turns else {
            Issue.record("no messages")
            return
        }
        #expect(
            messages.compactMap { $0.objectValue?["role"]?.stringValue } == ["user", "assistant", "user", "assistant"]
        )
    }

    @Test func `What a format can't carry is refused and not left out`() {
        let anthropic = AnthropicCodec(ModelName(provider: "anthropic", model: "m"), at: ProviderEndpoint("http://x"))
        let ollama = OllamaCodec(
            ModelName(provider: "ollama", model: "m"),
            at: ProviderEndpoint("http://x"),
            window: PromptWindow(tokens: 8_192)
        )
        var hot = ModelRequest([Message(.user, "x")])
        hot.sampling.temperature = 1.5
        #expect(throws: ModelError.self) { try anthropic.encode(hot) }
        let linked = ModelRequest([Message(.user, [.image(.url("http://y/z.png"))])])
        #expect(throws: ModelError.self) { try ollama.encode(linked) }
        #expect(throws: ModelError.self) { try ollama.encode(request) }
    }

    @Test(arguments: [WireFormat.openai, .anthropic, .ollama])
    func `All of a sampling goes along where the format has it, and is refused where not`(format: WireFormat) throws {
        var request = ModelRequest([Message(.user, "x")], sampling: Sampling(maxTokens: 7, temperature: 0.3))
        request.sampling.topP = 0.9
        request.sampling.stop = ["END"]
        request.sampling.seed = 4
        let name = ModelName(provider: format.rawValue, model: "m")
        let endpoint = ProviderEndpoint("http://x")
        switch format {
        case .openai:
            let sent = try body(OpenAICodec(name, at: endpoint).encode(request)).objectValue
            #expect(sent?["seed"] == 4 && sent?["top_p"] == 0.9 && sent?["stop"] == ["END"] && sent?["max_tokens"] == 7)
        case .anthropic:
            let codec = AnthropicCodec(name, at: endpoint)
            #expect(throws: ModelError.self) { try codec.encode(request) }
            request.sampling.seed = nil
            let sent = try body(codec.encode(request)).objectValue
            #expect(sent?["top_p"] == 0.9 && sent?["stop_sequences"] == ["END"] && sent?["max_tokens"] == 7)
        case .ollama:
            let codec = OllamaCodec(name, at: endpoint, window: PromptWindow(tokens: 512))
            let options: JSONValue = [
                "num_ctx": 512, "num_predict": 7, "temperature": 0.3, "top_p": 0.9, "stop": ["END"], "seed": 4,
            ]
            #expect(try body(codec.encode(request)).objectValue?["options"] == options)
        }
    }

    @Test func `Ollama is always told its window`() throws {
        let ollama = OllamaCodec(
            ModelName(provider: "ollama", model: "m"),
            at: ProviderEndpoint("http://x"),
            window: PromptWindow(tokens: 8_192)
        )
        var request = request
        request.toolChoice = nil
        let sent = try body(ollama.encode(request)).objectValue
        #expect(sent?["options"] == ["num_ctx": 8_192, "num_predict": 50, "temperature": 0.5, "stop": ["END"]])
        #expect(sent?["truncate"] == false && sent?["shift"] == false)
        guard case .array(let messages)? = sent?["messages"] else {
            Issue.record("no messages")
            return
        }
        #expect(messages[1] == ["role": "user", "content": "What is this?", "images": ["aGk="]])
        #expect(messages[3] == ["role": "tool", "content": "12 °C", "tool_name": "weather"])
    }

    @Test(arguments: [
        ("http://h", "/v1/messages", "http://h/v1/messages"), ("http://h/v1", "/v1/messages", "http://h/v1/messages"),
        ("http://h/v1/", "/chat/completions", "http://h/v1/chat/completions"),
        ("http://h/api", "/api/chat", "http://h/api/chat"),
    ])
    func `The base address may end as the documentation's path begins`(base: String, path: String, url: String) {
        #expect(ProviderEndpoint(base).url(path) == url)
    }

    @Test func `Malformed arguments of a call reach the model as it wrote them`() throws {
        let call = ToolCall(id: "c", name: "weather", arguments: "{city: Bern")
        let request = ModelRequest([Message(.user, "x"), Message(.assistant, [], toolCalls: [call])])
        let codec = AnthropicCodec(ModelName(provider: "anthropic", model: "m"), at: ProviderEndpoint("http://x"))
        let text = String(decoding: try codec.encode(request).body, as: UTF8.self)
        #expect(text.contains(#""input":{"_malformed":"{city: Bern"}"#))
    }
}
