import ContextCore
import ContextEngine
import FoundationEssentials
import LanguageModels

/// `chat.completion`, as OpenAI's clients read it; `roost` beside it where passages were added.
struct ChatCompletion: Encodable {
    struct Choice: Encodable {
        let message: OpenAIMessage
        let finishReason: String
        let index = 0

        private enum CodingKeys: String, CodingKey {
            case index, message
            case finishReason = "finish_reason"
        }
    }

    let id: String
    let object = "chat.completion"
    let created: Int64
    let model: String
    let choices: [Choice]
    let usage: ChatUsage
    let roost: ChatExtension?
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
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        var text = head + #""choices":[]"#
        if let usage { text += #","usage":"# + String(decoding: try encoder.encode(usage), as: UTF8.self) }
        if let roost { text += #","roost":"# + String(decoding: try encoder.encode(roost), as: UTF8.self) }
        return text + "}"
    }

    private func chunk(_ delta: String, finish: String = "null") -> String {
        head + #""choices":[{"index":0,"delta":\#(delta),"logprobs":null,"finish_reason":\#(finish)}]}"#
    }
}
