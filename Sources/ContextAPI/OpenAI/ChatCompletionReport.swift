import ContextCore
import ContextEngine
import FoundationEssentials
import LanguageModels

/// `chat.completion`, as OpenAI's clients read it; `roost` beside it where passages were added.
struct ChatCompletion {
    let id: String
    let created: Int64
    let model: String
    let message: OpenAIMessage
    let finishReason: String
    let usage: ChatUsage
    let roost: ChatExtension?

    var json: [UInt8] {
        get throws {
            let roost = try roost?.text
            return JSONWriter.object { json in
                json.member("choices", array: CollectionOfOne(message)) { json, message in
                    json.object { json in
                        json.member("finish_reason", finishReason)
                        json.member("index", 0)
                        json.member("message", message)
                    }
                }
                json.member("created", Int(created))
                json.member("id", id)
                json.member("model", model)
                json.member("object", "chat.completion")
                if let roost { json.member("roost", json: roost) }
                json.member("usage", usage)
            }
        }
    }
}

/// Tokens in OpenAI's form, whose numbers may not be null: what the provider did not count is estimated.
struct ChatUsage: Encodable {
    let input: Int
    let output: Int
    let cached: Int

    init(_ usage: TokenUsage, prompt: () -> Int, answer: () -> Int) {
        input = usage.input ?? prompt()
        output = usage.output ?? answer()
        cached = usage.cachedInput ?? 0
    }

    private enum CodingKeys: String, CodingKey {
        case promptTokens = "prompt_tokens"
        case completionTokens = "completion_tokens"
        case totalTokens = "total_tokens"
        case details = "prompt_tokens_details"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(input, forKey: .promptTokens)
        try container.encode(output, forKey: .completionTokens)
        try container.encode(input + output, forKey: .totalTokens)
        try container.encode(["cached_tokens": cached], forKey: .details)
    }
}

extension ChatUsage: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("completion_tokens", output)
            json.member("prompt_tokens", input)
            json.member("prompt_tokens_details") { $0.member("cached_tokens", cached) }
            json.member("total_tokens", input + output)
        }
    }
}

/// What Roost adds to an answer in OpenAI's form.
struct ChatExtension: Encodable {
    var conversationID: String?
    var manifestID: String?
    var citations: [Citation]

    private enum CodingKeys: String, CodingKey {
        case citations
        case conversationID = "conversation_id"
        case manifestID = "manifest_id"
    }

    /// As JSON.
    var text: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }
}

/// Chunks of one streamed answer.
///
/// All of them begin alike, so what differs is written between two texts that are put together once: a chunk costs the
/// escaping of its words.
struct ChatChunks {
    private let head: String

    init(id: String, created: Int64, model: String) {
        let model = JSONValue.string(model).description
        head = #"{"id":"\#(id)","object":"chat.completion.chunk","created":\#(created),"model":\#(model),"#
    }

    var beginning: String { chunk(#"{"role":"assistant","content":""}"#) }

    func text(_ text: String) -> String {
        chunk(#"{"content":\#(JSONValue.string(text))}"#)
    }

    func toolCall(_ call: ToolCall, index: Int) -> String {
        let function: JSONValue = ["name": .string(call.name), "arguments": .string(call.arguments)]
        let id = JSONValue.string(call.id)
        return chunk(#"{"tool_calls":[{"index":\#(index),"id":\#(id),"type":"function","function":\#(function)}]}"#)
    }

    func end(_ reason: FinishReason) -> String {
        chunk("{}", finish: JSONValue.string(reason.openAIName).description)
    }

    /// The last chunk of a client that asked for usage, or of an answer that Roost has something to say about.
    func closing(_ usage: ChatUsage?, _ roost: ChatExtension?) throws -> String {
        var json = JSONWriter(capacity: 128)
        usage?.write(to: &json)
        var text = head + #""choices":[]"#
        if usage != nil { text += #","usage":"# + String(decoding: json.bytes, as: UTF8.self) }
        if let roost { text += #","roost":"# + (try roost.text) }
        return text + "}"
    }

    private func chunk(_ delta: String, finish: String = "null") -> String {
        head + #""choices":[{"index":0,"delta":\#(delta),"logprobs":null,"finish_reason":\#(finish)}]}"#
    }
}
