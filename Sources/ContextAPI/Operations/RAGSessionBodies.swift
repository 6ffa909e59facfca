import ContextCore
import ContextEngine

struct RAGSessionBody: Decodable, KnownKeys {
    var conversationID: String
    var delegationToken: String

    enum CodingKeys: String, CodingKey, CaseIterable {
        case conversationID = "conversation_id"
        case delegationToken = "delegation_token"
    }

    static var keys: [String] { CodingKeys.allCases.map(\.rawValue) }
}

struct RAGPromptBody: Decodable, KnownKeys {
    var prompt: String
    var stream: Bool?

    enum CodingKeys: String, CodingKey, CaseIterable { case prompt, stream }

    static var keys: [String] { CodingKeys.allCases.map(\.rawValue) }
}

/// A token, or the id of one of the caller's own.
struct RevocationBody: Decodable, KnownKeys {
    var token: String?
    var jti: String?

    enum CodingKeys: String, CodingKey, CaseIterable { case token, jti }

    static var keys: [String] { CodingKeys.allCases.map(\.rawValue) }
}

struct RAGSessionReport: Encodable {
    let sessionID: String
    let expiresAt: String

    init(_ session: RAGSession, timeout: Int) {
        sessionID = session.id
        expiresAt = session.expiresAt(after: timeout).iso8601
    }

    private enum CodingKeys: String, CodingKey {
        case sessionID = "session_id"
        case expiresAt = "expires_at"
    }
}

/// An answer to a prompt; what it was made of is said as in a conversation.
struct RAGAnswerReport: Encodable {
    let response: String
    let citations: [Citation]
    let usage: UsageReport
    let manifestID: String?
    let model: String?
    let context: TurnContext?

    init(_ turn: Turn) {
        response = turn.answer.text
        citations = turn.citations
        usage = UsageReport(turn.answer.usage)
        manifestID = turn.answer.manifestID
        model = turn.answer.model
        context = turn.context
    }

    private enum CodingKeys: String, CodingKey {
        case response, citations, usage, model, context
        case manifestID = "manifest_id"
    }
}

struct RevocationReport: Encodable {
    let jti: String
    let sessionsEnded: Int

    init(_ revocation: RAGSessions.Revocation) {
        jti = revocation.tokenID
        sessionsEnded = revocation.sessionsEnded
    }

    private enum CodingKeys: String, CodingKey {
        case jti
        case sessionsEnded = "sessions_ended"
    }
}
