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

    /// A text or a list of them.
    struct Stop: Decodable {
        let texts: [String]

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            texts = try (try? container.decode(String.self)).map { [$0] } ?? container.decode([String].self)
        }
    }

    let model: String?
    let messages: [OpenAIMessage]
    let stream: Bool?
    let streamOptions: StreamOptions?
    let temperature: Double?
    let topP: Double?
    let maxTokens: Fitting<Int>?
    let maxCompletionTokens: Fitting<Int>?
    let stop: Stop?
    let seed: Fitting<Int>?
    let count: Fitting<Int>?
    let tools: [OpenAITool]?
    let toolChoice: OpenAIToolChoice?
    let user: String?
    let roost: Extension?

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
            let limit = maxCompletionTokens ?? maxTokens
            if let limit, limit.value < 1 {
                throw .invalid("max_tokens", "max_tokens is \(limit.value); use 1 or more.")
            }
            if let temperature, !(0...2).contains(temperature) {
                throw .invalid("temperature", "temperature is \(temperature); use 0 to 2.")
            }
            if let topP, !(0...1).contains(topP) { throw .invalid("top_p", "top_p is \(topP); use 0 to 1.") }
            var sampling = Sampling(maxTokens: limit?.value, temperature: temperature)
            sampling.topP = topP
            sampling.stop = stop?.texts ?? []
            sampling.seed = seed?.value
            return sampling
        }
    }

    var augmentation: ChatRequest.Augmentation? {
        roost.map {
            ChatRequest.Augmentation(collections: $0.collections, maxContextTokens: $0.maxContextTokens?.value)
        }
    }
}
