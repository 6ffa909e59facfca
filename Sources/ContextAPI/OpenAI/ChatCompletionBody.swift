import ContextCore
import ContextEngine
import LanguageModels

/// The body of `POST /v1/chat/completions` (platform.openai.com/docs/api-reference/chat/create), with `roost` besides.
struct ChatCompletionBody: Decodable, KnownKeys {
    struct StreamOptions: Decodable {
        let includeUsage: Bool?

        private enum CodingKeys: String, CodingKey { case includeUsage = "include_usage" }
    }

    struct Extension: Decodable {
        let conversationID: String?
        let collections: [String]?
        let maxContextTokens: Fitting<Int>?

        private enum CodingKeys: String, CodingKey {
            case collections
            case conversationID = "conversation_id"
            case maxContextTokens = "max_context_tokens"
        }
    }

    var model: String?
    var messages: [OpenAIMessage] = []
    var stream: Bool?
    var streamOptions: StreamOptions?
    var temperature: Double?
    var topP: Double?
    var maxTokens: Fitting<Int>?
    var maxCompletionTokens: Fitting<Int>?
    var stop: StopTexts?
    var seed: Fitting<Int>?
    var count: Fitting<Int>?
    var tools: [OpenAITool]?
    var toolChoice: OpenAIToolChoice?
    var user: String?
    var roost: Extension?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case model, messages, stream, temperature, stop, seed, tools, user, roost
        case count = "n"
        case streamOptions = "stream_options"
        case topP = "top_p"
        case maxTokens = "max_tokens"
        case maxCompletionTokens = "max_completion_tokens"
        case toolChoice = "tool_choice"
    }

    static var keys: [String] { CodingKeys.allCases.map(\.rawValue) }

    /// - Throws: ``ContextError`` that names the member to blame.
    var modelRequest: ModelRequest {
        get throws(ContextError) {
            guard !messages.isEmpty else { throw .invalid("messages", "messages is empty; send at least one.") }
            guard (count?.value ?? 1) == 1 else {
                throw .invalid("n", "n is \(count?.value ?? 0); one answer a request is what there is.")
            }
            var decoded: [Message] = []
            for (index, message) in messages.enumerated() {
                decoded.append(try message.message(at: "messages[\(index)]"))
            }
            var request = ModelRequest(decoded, sampling: try sampling)
            request.tools = (tools ?? []).map(\.tool)
            request.toolChoice = toolChoice?.choice
            return request
        }
    }

    private var sampling: Sampling {
        get throws(ContextError) {
            try SamplingFields(
                maxTokens: (maxCompletionTokens ?? maxTokens)?.value,
                temperature: temperature,
                topP: topP,
                stop: stop,
                seed: seed?.value
            ).sampling()
        }
    }

    var augmentation: ChatRequest.Augmentation? {
        roost.map {
            ChatRequest.Augmentation(collections: $0.collections, maxContextTokens: $0.maxContextTokens?.value)
        }
    }
}

extension ChatCompletionBody: PlainBody {
    mutating func read(_ name: JSONCursor.Name, _ json: inout JSONCursor) throws(JSONCursor.Refusal) {
        switch name {
        case "model": model = try json.text()
        case "messages":
            try json.elements { json throws(JSONCursor.Refusal) in messages.append(try OpenAIMessage(plain: &json)) }
        case "stream": stream = try json.flag()
        case "stream_options":
            try json.members { name, json throws(JSONCursor.Refusal) in
                guard case "include_usage" = name, streamOptions == nil else { throw JSONCursor.Refusal() }
                streamOptions = StreamOptions(includeUsage: try json.flag())
            }
        case "temperature": temperature = try json.double()
        case "top_p": topP = try json.double()
        case "max_tokens": maxTokens = try json.integer().map(Fitting.init)
        case "max_completion_tokens": maxCompletionTokens = try json.integer().map(Fitting.init)
        case "seed": seed = try json.integer().map(Fitting.init)
        case "n": count = try json.integer().map(Fitting.init)
        case "user": user = try json.text()
        default: throw JSONCursor.Refusal()
        }
    }

    /// Also an empty list is the decoder's.
    var isWhole: Bool { !messages.isEmpty }
}

extension OpenAIMessage {
    /// A role and a text, each once.
    fileprivate init(plain json: inout JSONCursor) throws(JSONCursor.Refusal) {
        var role: String?
        var content: String?
        try json.members { name, json throws(JSONCursor.Refusal) in
            switch name {
            case "role" where role == nil: role = try json.text()
            case "content" where content == nil: content = try json.text()
            default: throw JSONCursor.Refusal()
            }
        }
        guard let role, let content else { throw JSONCursor.Refusal() }
        self.init(role: role, text: content)
    }
}
