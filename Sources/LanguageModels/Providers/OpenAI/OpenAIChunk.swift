import ContextCore

/// The members that are read of a chunk and of a whole completion, which differ in one name.
struct OpenAIChunk {
    typealias Misfit = JSONCursor.Refusal

    struct Choice {
        var index: Int?
        var delta: Piece?
        var message: Piece?
        var finishReason: String?
    }

    struct Piece {
        struct Call {
            var index: Int?
            var id: String?
            var name: String?
            var arguments: String?
        }

        var content: String?
        var refusal: String?

        /// A thought, as DeepSeek, vLLM and llama.cpp spell it; OpenRouter says `reasoning`.
        var reasoningContent: String?
        var reasoning: String?
        var toolCalls: [Call] = []

        var isProgress: Bool {
            [content, refusal, reasoningContent, reasoning].contains { $0?.isEmpty == false } || !toolCalls.isEmpty
        }
    }

    var choices: [Choice] = []
    var usage: TokenUsage?
    var error: JSONValue?
}

extension OpenAIChunk {
    /// - Throws: for what is no object, or has a member of another type than the format gives it.
    init(_ json: inout JSONCursor) throws(Misfit) {
        let isObject = try json.members { name, json throws(Misfit) in
            switch name {
            case "choices": try json.elements { json throws(Misfit) in choices.append(try Choice(&json)) }
            case "usage": usage = try TokenUsage(openAI: &json)
            case "error": error = try json.value()
            default: try json.skip()
            }
        }
        if error == .null { error = nil }
        guard isObject else { throw Misfit() }
    }
}

extension OpenAIChunk.Choice {
    fileprivate init(_ json: inout JSONCursor) throws(OpenAIChunk.Misfit) {
        let isObject = try json.members { name, json throws(OpenAIChunk.Misfit) in
            switch name {
            case "index": index = try json.integer()
            case "delta": delta = try OpenAIChunk.Piece(&json)
            case "message": message = try OpenAIChunk.Piece(&json)
            case "finish_reason": finishReason = try json.text()
            default: try json.skip()
            }
        }
        guard isObject else { throw OpenAIChunk.Misfit() }
    }
}

extension OpenAIChunk.Piece {
    /// `nil` for null.
    fileprivate init?(_ json: inout JSONCursor) throws(OpenAIChunk.Misfit) {
        let isObject = try json.members { name, json throws(OpenAIChunk.Misfit) in
            switch name {
            case "content": content = try json.text()
            case "refusal": refusal = try json.text()
            case "reasoning_content": reasoningContent = try json.text()
            case "reasoning": reasoning = try json.text()
            case "tool_calls":
                try json.elements { json throws(OpenAIChunk.Misfit) in toolCalls.append(try Call(&json)) }
            default: try json.skip()
            }
        }
        guard isObject else { return nil }
    }
}

extension OpenAIChunk.Piece.Call {
    fileprivate init(_ json: inout JSONCursor) throws(OpenAIChunk.Misfit) {
        let isObject = try json.members { name, json throws(OpenAIChunk.Misfit) in
            switch name {
            case "index": index = try json.integer()
            case "id": id = try json.text()
            case "function":
                try json.members { part, json throws(OpenAIChunk.Misfit) in
                    switch part {
                    case "name": self.name = try json.text()
                    case "arguments": arguments = try json.text()
                    default: try json.skip()
                    }
                }
            default: try json.skip()
            }
        }
        guard isObject else { throw OpenAIChunk.Misfit() }
    }
}

extension TokenUsage {
    /// `nil` for null.
    fileprivate init?(openAI json: inout JSONCursor) throws(OpenAIChunk.Misfit) {
        var input: Int?
        var output: Int?
        var cached: Int?
        let isObject = try json.members { name, json throws(OpenAIChunk.Misfit) in
            switch name {
            case "prompt_tokens": input = try json.integer()
            case "completion_tokens": output = try json.integer()
            case "prompt_tokens_details":
                try json.members { detail, json throws(OpenAIChunk.Misfit) in
                    if case "cached_tokens" = detail { cached = try json.integer() } else { try json.skip() }
                }
            default: try json.skip()
            }
        }
        guard isObject else { return nil }
        self.init(input: input, output: output, cachedInput: cached)
    }
}
