import ContextCore
import HTTP
import LanguageModels
import Testing

private let openAI = OpenAICodec(ModelName(provider: "openai", model: "m"), at: ProviderEndpoint("http://x/v1"))
private let anthropic = AnthropicCodec(ModelName(provider: "anthropic", model: "m"), at: ProviderEndpoint("http://x"))
private let ollama = OllamaCodec(
    ModelName(provider: "ollama", model: "m"),
    at: ProviderEndpoint("http://x"),
    window: PromptWindow(tokens: 4_096)
)

struct `Answers of providers` {
    @Test func `OpenAI's text comes with its usage, the cached part included`() throws {
        #expect(
            joined(try decode(Recordings.openAIText, with: openAI, size: 10_000)) == [
                .text("Grüße 🐓"), .finished(.stop, TokenUsage(input: 19, output: 3, cachedInput: 16)),
            ]
        )
    }

    @Test(arguments: [Int.max, Int.min, -1, (1 << 40) + 1])
    func `a count that no answer can have is none`(count: Int) throws {
        let openAIBody = """
            {"choices":[{"message":{"content":"x"},"finish_reason":"stop"}],\
            "usage":{"prompt_tokens":\(count),"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":\(count)}}}
            """
        let anthropicBody = """
            {"content":[{"type":"text","text":"x"}],"stop_reason":"end_turn","usage":{"input_tokens":\(count),\
            "output_tokens":3,"cache_read_input_tokens":\(count),"cache_creation_input_tokens":\(count)}}
            """
        var decoders: [(any AnswerDecoder, String)] = [
            (openAI.makeDecoder(), openAIBody), (anthropic.makeDecoder(), anthropicBody),
        ]
        for index in decoders.indices {
            let events = try decoders[index].0.receive(whole: Array(decoders[index].1.utf8))
            #expect(events.last == .finished(.stop, TokenUsage(output: 3)))
        }
    }

    @Test func `OpenAI's tool calls are put together by their index`() throws {
        #expect(
            try decode(Recordings.openAITools, with: openAI, size: 10_000) == [
                .toolCall(ToolCall(id: "call_a", name: "weather", arguments: #"{"city":"Bern"}"#)),
                .toolCall(ToolCall(id: "call_b", name: "time", arguments: "{}")),
                .finished(.toolCalls, TokenUsage()),
            ]
        )
    }

    @Test func `Anthropic's input counts what came from its cache and what went there`() throws {
        #expect(
            joined(try decode(Recordings.anthropicText, with: anthropic, size: 10_000)) == [
                .text("Grüße 🐓"),
                .finished(.stop, TokenUsage(input: 28, output: 12, cachedInput: 20, cacheWrite: 5)),
            ]
        )
    }

    @Test func `Anthropic's thinking is passed over and its tool use is whole`() throws {
        #expect(
            try decode(Recordings.anthropicTools, with: anthropic, size: 10_000) == [
                .toolCall(ToolCall(id: "toolu_1", name: "weather", arguments: #"{"city":"Bern"}"#)),
                .finished(.toolCalls, TokenUsage(input: 9, output: 30)),
            ]
        )
    }

    @Test func `Ollama's lines are an answer with a call and the counts`() throws {
        #expect(
            joined(try decode(Recordings.ollama, with: ollama, size: 10_000)) == [
                .text("Grüße 🐓"),
                .toolCall(ToolCall(id: "call_0", name: "weather", arguments: #"{"city":"Bern"}"#)),
                .finished(.toolCalls, TokenUsage(input: 26, output: 29)),
            ]
        )
    }

    @Test(arguments: 1...40)
    func `Every split of the bytes reads the same`(size: Int) throws {
        for shift in [0, size / 2] {
            for text in [Recordings.openAIText, Recordings.openAITools] {
                let whole = joined(try decode(text, with: openAI, size: 100_000))
                #expect(joined(try decode(text, with: openAI, size: size, shift: shift)) == whole)
                let crlf = text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
                #expect(joined(try decode(crlf, with: openAI, size: size, shift: shift)) == whole)
            }
            for text in [Recordings.anthropicText, Recordings.anthropicTools] {
                let whole = joined(try decode(text, with: anthropic, size: 100_000))
                #expect(joined(try decode(text, with: anthropic, size: size, shift: shift)) == whole)
            }
            let whole = joined(try decode(Recordings.ollama, with: ollama, size: 100_000))
            #expect(joined(try decode(Recordings.ollama, with: ollama, size: size, shift: shift)) == whole)
        }
    }

    @Test func `A stream cut anywhere before its end is an error and never a short answer`() throws {
        let bytes = Array(Recordings.openAIText.utf8)
        let end = Recordings.openAIText.utf8.count - "data: [DONE]\n\n\n".utf8.count
        for length in stride(from: 0, to: end, by: 7) {
            let text = String(decoding: bytes.prefix(length), as: UTF8.self)
            let isComplete = text.contains(#""finish_reason":"stop"}]}"# + "\n\n")
            if isComplete {
                #expect(throws: Never.self) { try decode(text, with: openAI, size: 11) }
            } else {
                #expect(throws: ModelError.self) { try decode(text, with: openAI, size: 11) }
            }
        }
        for text in [Recordings.anthropicText, Recordings.anthropicTools] {
            let cut = String(text.dropLast(40))
            #expect(throws: ModelError.self) { try decode(cut, with: anthropic, size: 64) }
        }
        #expect(throws: ModelError.self) { try decode(String(Recordings.ollama.dropLast(60)), with: ollama, size: 64) }
    }

    @Test func `Anthropic's counts of the end need not repeat those of the beginning`() throws {
        let text = #"""
            data: {"type":"message_start","message":{"usage":{"input_tokens":3,"cache_read_input_tokens":20,"output_tokens":1}}}

            data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":8,"output_tokens":5}}

            data: {"type":"message_stop"}


            """#
        #expect(
            try decode(text, with: anthropic, size: 64) == [
                .finished(.stop, TokenUsage(input: 28, output: 5, cachedInput: 20))
            ]
        )
    }

    @Test(arguments: 1...40)
    func `What was said before a failure is told, however the bytes are split`(size: Int) {
        for (codec, text) in [
            (openAI as any ProviderCodec, WireFormat.openai), (anthropic, .anthropic), (ollama, .ollama),
        ] {
            let bytes = Array((text.token("a") + text.token("b") + text.event(text.error("api_error", "oops"))).utf8)
            #expect(said(before: codec, bytes, size) == [.text("a"), .text("b")])
        }
    }

    private func said(before codec: some ProviderCodec, _ bytes: [UInt8], _ size: Int) -> [ModelEvent] {
        var decoder = codec.makeDecoder()
        var events: [ModelEvent] = []
        #expect(throws: ModelError.self) {
            for start in stride(from: 0, to: bytes.count, by: size) {
                try decoder.receive(Array(bytes[start..<min(bytes.count, start + size)]), into: &events)
            }
        }
        return events
    }

    @Test func `A malformed event is quoted`() {
        let error = #expect(throws: ModelError.self) { try decode("data: {\"choices\":7}\n\n", with: openAI, size: 64) }
        #expect(error?.kind == .malformed)
        #expect(error?.message.contains(#"{"choices":7}"#) == true)
    }

    @Test(arguments: [
        #"{"choices":[7]}"#, #"{"choices":[{"index":"0"}]}"#, #"{"choices":[{"index":0,"delta":[]}]}"#,
        #"{"choices":[{"delta":{"content":5}}]}"#, #"{"choices":[{"delta":{"tool_calls":{}}}]}"#,
        #"{"choices":[{"delta":{"tool_calls":[{"function":"f"}]}}]}"#, #"{"choices":[],"usage":{"prompt_tokens":"5"}}"#,
        #"{"choices":[],"usage":{"prompt_tokens":1.5}}"#, "[]", "null", #"{"choices":[]}{}"#,
    ])
    func `A member of another type than OpenAI's format has is malformed`(event: String) {
        let error = #expect(throws: ModelError.self) { try decode("data: \(event)\n\n", with: openAI, size: 64) }
        #expect(error?.kind == .malformed)
    }

    @Test func `Members that are null or unknown are as if they were not there`() throws {
        let event = """
            data: {"id":null,"choices":[{"index":null,"delta":{"content":"a","refusal":null,"tool_calls":null,"x":[{}]},\
            "message":null,"finish_reason":null,"logprobs":{"content":[1.5e3]}}],"usage":null,"error":null}


            """
        let end = #"data: {"choices":[{"delta":null,"finish_reason":"stop"}],"usage":{"prompt_tokens_details":null}}"#
        #expect(
            try decode(event + end + "\n\ndata: [DONE]\n\n", with: openAI, size: 64) == [
                .text("a"), .finished(.stop, TokenUsage()),
            ]
        )
    }

    @Test func `An error in the middle of a stream has its kind`() {
        let limit = #"data: {"error":{"message":"slow down","type":"rate_limit_error","code":"429"}}"# + "\n\n"
        let overload =
            "event: error\n"
            + #"data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"# + "\n\n"
        let missing = #"{"error":"model 'x' not found"}"# + "\n"
        #expect(throws: ModelError(.rateLimited, openAI.name, "slow down", status: 429)) {
            try decode(limit, with: openAI, size: 64)
        }
        #expect(throws: ModelError(.overloaded, anthropic.name, "Overloaded", status: 529)) {
            try decode(overload, with: anthropic, size: 64)
        }
        let error = #expect(throws: ModelError.self) { try decode(missing, with: ollama, size: 64) }
        #expect(error?.message == "model 'x' not found")
    }

    @Test func `An answer that comes whole is read, too`() throws {
        var openAIDecoder = openAI.makeDecoder()
        let completion = #"""
            {"choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"length"}],
             "usage":{"prompt_tokens":1,"completion_tokens":2}}
            """#
        #expect(
            try openAIDecoder.receive(whole: Array(completion.utf8)) == [
                .text("Hi"), .finished(.length, TokenUsage(input: 1, output: 2)),
            ]
        )
        var anthropicDecoder = anthropic.makeDecoder()
        let message =
            #"{"content":[{"type":"text","text":"Hi"}],"stop_reason":"max_tokens","usage":{"input_tokens":1}}"#
        #expect(
            try anthropicDecoder.receive(whole: Array(message.utf8)) == [
                .text("Hi"), .finished(.length, TokenUsage(input: 1)),
            ]
        )
    }

    @Test func `Random bytes never crash a decoder`() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            let bytes = (0..<Int.random(in: 0...300, using: &generator)).map { _ in UInt8.random(in: 0...255) }
            let text = String(decoding: bytes, as: UTF8.self)
            for prefix in ["", "data: ", "data: {\"choices\":[", "{\"message\":{"] {
                _ = try? decode(prefix + text + "\n\n", with: openAI, size: 17)
                _ = try? decode(prefix + text + "\n\n", with: anthropic, size: 17)
                _ = try? decode(prefix + text + "\n\n", with: ollama, size: 17)
            }
        }
    }
}
