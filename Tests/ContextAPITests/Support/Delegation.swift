import ContextCore
import ContextEngine
import JSONWebTokens
import Runtime
import Synchronization
import Testing

/// Delegation tokens of the tests' servers, which all believe the same secret.
extension Roost {
    static let delegationSecret = Secret("the secret of all the tests' servers")

    static func delegation() throws -> DelegationConfiguration {
        var configuration = DelegationConfiguration()
        configuration.keys = KeySet([try TokenKey(secret: delegationSecret)])
        return configuration
    }

    /// A token that every server here believes.
    func token(
        of user: String = "anna",
        for host: String = "node-1",
        _ conversation: String,
        _ collections: String...,
        lasting seconds: Int = 3_600
    ) throws -> String {
        let authority = try #require(DelegationAuthority(try Self.delegation()))
        let scope = DelegationScope(conversation: conversation, collections: collections)
        return try authority.issue(for: user, to: host, scope, lasting: seconds, at: clock.now).text
    }

    func beginConversation(_ body: JSONValue = [:], as user: String = "anna") async throws -> String {
        let conversation = try await post("/v1/conversations", body, as: user).json(status: 201)
        return try #require(conversation["id"].stringValue)
    }

    func openSession(_ conversation: String, _ token: String, as user: String = "anna") async -> Answer {
        await post(
            "/v1/rag/sessions",
            ["conversation_id": .string(conversation), "delegation_token": .string(token)],
            as: user
        )
    }

    /// A conversation of anna's with a session that opens it and these collections.
    func session(_ collections: String..., lasting seconds: Int = 3_600) async throws -> OpenedSession {
        let conversation = try await beginConversation()
        let authority = try #require(DelegationAuthority(try Self.delegation()))
        let scope = DelegationScope(conversation: conversation, collections: collections)
        let token = try authority.issue(for: "anna", to: "node-1", scope, lasting: seconds, at: clock.now)
        let opened = try await openSession(conversation, token.text).json(status: 201)
        return OpenedSession(
            id: try #require(opened["session_id"].stringValue),
            conversation: conversation,
            token: token.text,
            tokenID: token.token.id,
            expiresAt: try #require(opened["expires_at"].stringValue)
        )
    }

    func prompt(_ text: String, in session: String, as user: String = "anna") async -> Answer {
        await post("/v1/rag/sessions/\(session)/prompts", ["prompt": .string(text)], as: user)
    }
}

struct OpenedSession: Sendable {
    let id: String
    let conversation: String
    let token: String
    let tokenID: String
    let expiresAt: String
}

/// Remembers what hooks are told.
final class RecordedEvents: RAGSessionHook {
    private let events = Mutex<[RAGSessionEvent]>([])

    var kinds: [RAGSessionEvent.Kind] { events.withLock { $0.map(\.kind) } }
    var names: [String] { events.withLock { $0.map(\.name) } }

    func receive(_ event: RAGSessionEvent) { events.withLock { $0.append(event) } }
}

/// A token with claims of one's own making, signed with the tests' secret.
struct HandmadeToken: Encodable {
    var claims: [String: JSONValue]

    init(_ conversation: String, at now: Timestamp) {
        let seconds = now.milliseconds / 1_000
        claims = [
            "sub": "anna", "aud": "roost", "act": ["sub": "node-1"], "jti": "dt_handmade",
            "scope": .string("conversation:\(conversation)"),
            "iat": .number(Double(seconds)), "exp": .number(Double(seconds + 3_600)),
        ]
    }

    func with(_ name: String, _ value: JSONValue?) -> HandmadeToken {
        var copy = self
        copy.claims[name] = value
        return copy
    }

    func encode(to encoder: any Encoder) throws { try claims.encode(to: encoder) }

    func signed(by secret: Secret = Roost.delegationSecret) throws -> String {
        try #require(SigningKey(try TokenKey(secret: secret))).sign(self)
    }
}
