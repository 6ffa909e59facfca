import ContextCore
import FoundationEssentials
package import HTTP

/// What an answer with a bad status means, in any provider's format.
///
/// | provider | body |
/// | --- | --- |
/// | OpenAI, LiteLLM, llama.cpp | `{"error":{"message","type","code"}}` |
/// | Anthropic | `{"type":"error","error":{"type","message"}}` |
/// | Ollama | `{"error":"…"}` |
/// | gateways | `{"detail":…}`, `{"message":…}`, or no JSON at all |
package enum ProviderFault {
    static let bodyLimit = 64 << 20
    private static let errorLimit = 64 << 10
    private static let quotedCharacters = 500

    static func read(_ response: ClientResponse, _ model: ModelName) async throws -> ModelError {
        let body = (try? await response.collect(limit: errorLimit)) ?? []
        return error(status: response.status.rawValue, headers: response.headers, body: body, model)
    }

    package static func error(status: Int, headers: HTTPHeaders, body: [UInt8], _ model: ModelName) -> ModelError {
        let words = Words(body)
        return ModelError(
            kind(status, words),
            model,
            words.message.isEmpty ? "status \(status) without a word" : words.message,
            status: status,
            retryAfter: headers.retryAfter(),
            refused: status == 400 || status == 422 ? words.refusedMember : nil
        )
    }

    /// An error that arrived as an event of a stream, after its head with status 200.
    static func error(inStream body: JSONValue, _ model: ModelName) -> ModelError {
        let words = Words(body)
        let status = words.codes.compactMap { Int($0) ?? self.status(of: $0) }.first
        return ModelError(kind(status ?? 0, words), model, words.message, status: status)
    }

    /// Anthropic names its kinds of errors (docs.anthropic.com/en/api/errors), and has no number for them in a stream.
    private static func status(of code: String) -> Int? {
        switch code {
        case "overloaded_error": 529
        case "rate_limit_error": 429
        case "authentication_error", "permission_error": 401
        case "not_found_error": 404
        case "invalid_request_error", "request_too_large": 400
        case "api_error", "server_error": 500
        default: nil
        }
    }

    private static func kind(_ status: Int, _ words: Words) -> ModelError.Kind {
        if words.speakOfLength, status == 0 || (400..<500).contains(status) { return .contextLengthExceeded }
        if words.speakOfModel, (400..<500).contains(status) { return .unknownModel }
        if words.speakOfKey { return .unauthenticated }
        switch status {
        case 400, 413, 415, 422: return .rejected
        // 402: an account without money.
        case 401, 402, 403, 407: return .unauthenticated
        case 404, 405, 410: return .unknownModel
        case 429: return .rateLimited
        case 503, 529: return .overloaded
        default: return .failed
        }
    }

    private struct Words {
        let message: String

        /// `code` and `type`; LiteLLM says its status as the code.
        let codes: [String]
        private let parameter: String?

        init(_ body: [UInt8]) {
            let text = JSONValue.string(String(decoding: body, as: UTF8.self))
            self.init((try? JSONDecoder().decode(JSONValue.self, from: Data(body))) ?? text)
        }

        init(_ json: JSONValue) {
            let members = json.objectValue ?? [:]
            let error = members["error"] ?? members["detail"] ?? json
            let inner = error.objectValue ?? [:]
            message = (inner["message"] ?? members["message"] ?? error).plainText.clipped(to: quotedCharacters)
            codes = [inner["code"], inner["type"]].compactMap { $0 == .null ? nil : $0?.plainText }
            parameter = inner["param"]?.stringValue
        }

        /// OpenAI names the member in `param`; others only in their sentence.
        var refusedMember: RequestMember? {
            let message = message.lowercased()
            let isRefusal =
                codes.contains { $0.hasPrefix("unsupported_") }
                || ["unsupported", "not support", "n't support", "deprecated"].contains { message.contains($0) }
            guard isRefusal else { return nil }
            if let parameter { return RequestMember(rawValue: parameter) }
            let places = RequestMember.allCases.compactMap { member in
                message.firstRange(of: member.rawValue).map { (member, $0.lowerBound) }
            }
            return places.min { $0.1 < $1.1 }?.0
        }

        /// The providers have no common code for a prompt that is too long.
        var speakOfLength: Bool {
            if codes.contains("context_length_exceeded") || codes.contains("exceed_context_size_error") { return true }
            let message = message.lowercased()
            return [
                "maximum context length", "prompt is too long", "exceeds the available context size",
                "exceed context limit", "requested tokens", "context window",
            ].contains { message.contains($0) }
        }

        /// LiteLLM and some others refuse an unknown model with 400.
        var speakOfModel: Bool {
            codes.contains("model_not_found")
                || ["invalid model name", "invalid model id"].contains { message.lowercased().contains($0) }
        }

        /// An account that is used up, or LiteLLM's refusal of a key when it has no database of keys: neither passes soon.
        var speakOfKey: Bool {
            codes.contains("insufficient_quota") || codes.contains("no_db_connection")
        }
    }
}
