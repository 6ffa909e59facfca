import Foundation

/// Any message of the server: its `type`, and the members that one type or another has.
struct ServerMessage: Decodable, Sendable {
    let type: String
    var requestID: MessageID?
    var id: MessageID?

    // connected
    var sessionID: String?

    // uploadVectorsResult, deleteVectorsResult
    var uploaded: Int?
    var rejected: Int?
    var errors: [String]?
    var deleted: Int?

    // searchVectorsResult
    var results: [Hit]?
    var totalVectors: Int?
    var searchTimeMs: Double?

    // error
    var error: String?
    var code: String?
    var parameter: String?
    var retryAfter: Double?

    // stream_chunk, stream_end
    var content: String?
    var reason: String?
    var usage: Usage?
    var citations: [Citation]?

    enum CodingKeys: String, CodingKey {
        case type, id, uploaded, rejected, errors, deleted, results, totalVectors, searchTimeMs, error, code, retryAfter
        case content, reason, usage, citations
        case requestID = "requestId"
        case sessionID = "sessionId"
        case parameter = "param"
    }

    struct Hit: Decodable, Sendable {
        let id: MessageID
        let score: Double
        let metadata: [String: JSONValue]?
    }

    struct Usage: Decodable, Sendable {
        let promptTokens: Int
        let completionTokens: Int

        enum CodingKeys: String, CodingKey {
            case promptTokens = "prompt_tokens"
            case completionTokens = "completion_tokens"
        }
    }

    struct Citation: Decodable, Sendable {
        let id: MessageID
    }
}

extension ServerMessage {
    var refusal: RoostError.Refusal? {
        guard type == "error" else { return nil }
        return RoostError.Refusal(
            message: error ?? "Roost refused without a reason.",
            code: code,
            parameter: parameter,
            status: nil,
            retryAfter: retryAfter.map { .seconds($0) }
        )
    }
}

/// An id as the server repeats it: a string, or a number of another client's vector.
struct MessageID: Decodable, Hashable, Sendable {
    let text: String

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let text = try? value.decode(String.self) {
            self.text = text
        } else if let number = try? value.decode(Int.self) {
            text = String(number)
        } else {
            text = String(try value.decode(Double.self))
        }
    }
}
