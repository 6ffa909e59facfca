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

    let model: String?
    let messages: [OpenAIMessage]
    let stream: Bool?
    let streamOptions: StreamOptions?
    let temperature: Double?
    let topP: Double?
    let maxTokens: Fitting<Int>?
    let maxCompletionTokens: Fitting<Int>?
    let stop: StopTexts?
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
