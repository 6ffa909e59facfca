import ContextCore
import ContextEngine
import FoundationEssentials
import LanguageModels

/// A message of a history, or of what is to be made shorter.
struct HeldMessage: Decodable {
    let role: String
    let content: String

    /// - Parameter place: where it stands: `conversation_context[2]`.
    /// - Throws: ``ContextError`` for any role but user, assistant and system.
    func message(at place: String) throws(ContextError) -> Message {
        guard let role = Message.Role(rawValue: role), role != .tool else {
            throw .invalid(
                "\(place).role",
                "\(place).role is “\(role.clipped(to: 40))”; use user, assistant or system."
            )
        }
        return Message(role, content)
    }

    static func messages(_ held: [HeldMessage], at place: String) throws(ContextError) -> [Message] {
        var messages: [Message] = []
        for (index, message) in held.enumerated() {
            messages.append(try message.message(at: "\(place)[\(index)]"))
        }
        return messages
    }
}

/// What a job says about the passages it wants.
struct SessionConfigBody: Decodable {
    var collections: [String]?
    var k: Fitting<Int>?
    var threshold: Fitting<Double>?
    var maxContextTokens: Fitting<Int>?

    private enum CodingKeys: String, CodingKey {
        case collections, k, threshold
        case maxContextTokens = "max_context_tokens"
    }

    var retrieval: JobRequest.Retrieval {
        JobRequest.Retrieval(collections: collections, count: k?.value, threshold: threshold?.value)
    }
}

/// `POST /v1/jobs`.
struct JobBody: Decodable, KnownKeys {
    struct Parameters: Decodable {
        var model: String?
        var maxTokens: Fitting<Int>?
        var temperature: Double?
        var topP: Double?
        var stop: StopTexts?
        var stream: Bool?

        private enum CodingKeys: String, CodingKey {
            case model, temperature, stop, stream
            case maxTokens = "max_tokens"
            case topP = "top_p"
        }
    }

    var id: String?
    var prompt: String
    var parameters: Parameters?
    var conversationContext: [HeldMessage]?
    var enableRAG: Bool?
    var sessionConfig: SessionConfigBody?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case id, prompt, parameters
        case conversationContext = "conversation_context"
        case enableRAG = "enable_rag"
        case sessionConfig = "session_config"
    }

    static var keys: [String] { CodingKeys.allCases.map(\.rawValue) }

    /// - Throws: ``ContextError`` that names the member to blame.
    var request: JobRequest {
        get throws(ContextError) {
            if let id { try Validation.identifier(id, "id", limit: 255) }
            var request = JobRequest(prompt: prompt)
            request.model = parameters?.model
            request.sampling = try SamplingFields(
                maxTokens: parameters?.maxTokens?.value,
                temperature: parameters?.temperature,
                topP: parameters?.topP,
                stop: parameters?.stop
            ).sampling(at: "parameters.")
            request.history = try HeldMessage.messages(conversationContext ?? [], at: "conversation_context")
            request.windowTokens = sessionConfig?.maxContextTokens?.value
            if enableRAG ?? false { request.retrieval = sessionConfig?.retrieval ?? JobRequest.Retrieval() }
            return request
        }
    }
}

/// `POST /v1/inference`: the same operation with its members side by side.
struct InferenceBody: Decodable, KnownKeys {
    var model: String?
    var prompt: String
    var maxTokens: Fitting<Int>?
    var temperature: Double?
    var topP: Double?
    var stop: StopTexts?
    var stream: Bool?
    var conversationContext: [HeldMessage]?
    var sessionID: String?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case model, prompt, temperature, stop, stream
        case maxTokens = "max_tokens"
        case topP = "top_p"
        case conversationContext = "conversation_context"
        case sessionID = "session_id"
    }

    static var keys: [String] { CodingKeys.allCases.map(\.rawValue) }

    /// - Throws: ``ContextError`` that names the member to blame.
    var request: JobRequest {
        get throws(ContextError) {
            if let sessionID { try Validation.identifier(sessionID, "session_id", limit: 255) }
            var request = JobRequest(prompt: prompt)
            request.model = model
            request.sampling = try SamplingFields(
                maxTokens: maxTokens?.value,
                temperature: temperature,
                topP: topP,
                stop: stop
            ).sampling()
            request.history = try HeldMessage.messages(conversationContext ?? [], at: "conversation_context")
            return request
        }
    }
}

/// A piece of a streamed answer.
struct JobPiece: Encodable {
    let content: String
    let tokens: Int
}

/// The answer of `POST /v1/jobs`; in a stream, without `response` and with an empty piece, its last event.
struct JobReport: Encodable {
    let jobID: String
    var response: String?
    var content: String?
    var tokens: Int?
    var finishReason: String?
    let metadata: JobMetadata

    init(_ result: JobResult, id: String, at now: Timestamp, isLast: Bool = false) {
        jobID = id
        metadata = JobMetadata(result, at: now)
        if isLast {
            (content, tokens, finishReason) = ("", 0, result.finishReason)
        } else {
            response = result.text
        }
    }

    private enum CodingKeys: String, CodingKey {
        case response, content, tokens, metadata
        case jobID = "job_id"
        case finishReason = "finish_reason"
    }
}

struct JobMetadata: Encodable {
    let contextTokens: Int
    let promptTokens: Int
    let completionTokens: Int
    let model: String
    let timestamp: String
    let messagesUsed: Int
    let messagesDropped: Int
    let messagesShortened: Int
    let finishReason: String
    let citations: [Citation]?
    let manifestID: String?

    init(_ result: JobResult, at now: Timestamp) {
        contextTokens = result.contextTokens
        promptTokens = result.promptTokens
        completionTokens = result.completionTokens
        model = result.model.description
        timestamp = now.iso8601
        messagesUsed = result.messagesUsed
        messagesDropped = result.messagesDropped
        messagesShortened = result.messagesShortened
        finishReason = result.finishReason
        citations = result.citations
        manifestID = result.manifestID
    }

    private enum CodingKeys: String, CodingKey {
        case model, timestamp, citations
        case contextTokens = "context_tokens"
        case promptTokens = "prompt_tokens"
        case completionTokens = "completion_tokens"
        case messagesUsed = "context_messages_used"
        case messagesDropped = "context_messages_dropped"
        case messagesShortened = "context_messages_shortened"
        case finishReason = "finish_reason"
        case manifestID = "manifest_id"
    }
}

/// The answer of `POST /v1/inference`; in a stream, with an empty piece, its last event.
struct InferenceReport: Encodable {
    let content: String
    var tokens: Int?
    let tokensUsed: Int
    let finishReason: String
    let usage: ChatUsage
    let model: String
    let sessionID: String?
    let metadata: JobMetadata

    init(_ result: JobResult, session: String?, at now: Timestamp, isLast: Bool = false) {
        content = isLast ? "" : result.text
        tokens = isLast ? 0 : nil
        tokensUsed = result.promptTokens + result.completionTokens
        finishReason = result.finishReason
        usage = ChatUsage(result.usage, prompt: { result.promptTokens }, answer: { result.completionTokens })
        model = result.model.description
        sessionID = session
        metadata = JobMetadata(result, at: now)
    }

    private enum CodingKeys: String, CodingKey {
        case content, tokens, usage, model, metadata
        case tokensUsed = "tokens_used"
        case finishReason = "finish_reason"
        case sessionID = "session_id"
    }
}
