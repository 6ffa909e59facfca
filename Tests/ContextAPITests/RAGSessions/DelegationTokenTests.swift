import ContextCore
import ContextEngine
import HTTP
import JSONWebTokens
import Runtime
import TestSupport
import Testing

/// Which tokens open a session, and what the others are told.
@Suite struct DelegationTokenTests {
    /// A claim that is changed, and the answer's status and code.
    struct Change: Sendable, CustomTestStringConvertible {
        let claim: String
        let value: JSONValue?
        let status: Int
        let code: String

        init(_ claim: String, _ value: JSONValue?, _ status: Int, _ code: String) {
            (self.claim, self.value, self.status, self.code) = (claim, value, status, code)
        }

        var testDescription: String { "\(claim) = \(value?.description ?? "nothing")" }
    }

    /// The clock of a server in tests.
    private static let now = 1_767_646_800

    @Test(arguments: [
        Change("aud", "other", 403, "token_audience"), Change("aud", ["other", "Roost"], 403, "token_audience"),
        Change("aud", nil, 403, "token_audience"), Change("aud", [], 403, "token_audience"),
        Change("exp", .number(now - 60), 403, "token_expired"), Change("exp", 0, 403, "token_expired"),
        Change("exp", -1e12, 403, "token_expired"), Change("exp", nil, 401, "token_invalid"),
        Change("exp", "soon", 401, "token_invalid"), Change("exp", 1e300, 401, "token_invalid"),
        Change("exp", 1e14, 403, "token_lifetime"), Change("exp", .number(now + 86_401), 403, "token_lifetime"),
        Change("iat", .number(now - 86_400), 403, "token_lifetime"),
        Change("nbf", .number(now + 61), 403, "token_not_yet_valid"),
        Change("iat", .number(now + 61), 403, "token_not_yet_valid"),
        Change("sub", "nobody", 403, "token_subject"), Change("sub", "ben", 404, "not_found"),
        Change("sub", "", 401, "token_invalid"), Change("sub", nil, 401, "token_invalid"),
        Change("sub", .string(String(repeating: "x", count: 300)), 401, "token_invalid"),
        Change("act", nil, 401, "token_invalid"), Change("act", [:], 401, "token_invalid"),
        Change("act", ["sub": ""], 401, "token_invalid"), Change("act", ["sub": "a\nb"], 401, "token_invalid"),
        Change("act", "node-1", 401, "token_invalid"), Change("jti", nil, 401, "token_invalid"),
        Change("jti", "", 401, "token_invalid"), Change("jti", 7, 401, "token_invalid"),
        Change("scope", nil, 401, "token_invalid"), Change("scope", ["conversation:c"], 401, "token_invalid"),
        Change("scope", "", 403, "token_scope"), Change("scope", "collection:best-practices", 403, "token_scope"),
        Change("scope", "conversation:c_1 conversation:c_2", 403, "token_scope"),
        Change("scope", "conversation:", 403, "token_scope"), Change("scope", "*", 403, "token_scope"),
        Change("scope", "conversation:c_1 admin", 403, "token_scope"),
        Change("scope", "conversation:c_1 collection:*", 403, "token_scope"),
        Change("scope", "CONVERSATION:c_1", 403, "token_scope"),
    ])
    func `a token that says something else is refused with its own code`(change: Change) async throws {
        try await withRoost { roost in
            let id = try await roost.beginConversation()
            let token = HandmadeToken(id, at: roost.clock.now)
            await roost.openSession(id, try token.with(change.claim, change.value).signed())
                .expectError(change.status, change.code)
            _ = try await roost.openSession(id, try token.signed()).json(status: 201)
        }
    }

    @Test(
        arguments: [
            ("aud", ["x", "roost"]), ("iat", nil), ("exp", .number(now - 59)), ("nbf", .number(now + 60)),
            ("exp", .number(now + 86_400)), ("iss", "anybody"), ("more", ["a": [1]]),
        ] as [(String, JSONValue?)]
    )
    func `a token that is still fine opens a session`(claim: String, value: JSONValue?) async throws {
        try await withRoost { roost in
            let id = try await roost.beginConversation()
            var token = HandmadeToken(id, at: roost.clock.now).with(claim, value)
            if value == .number(Self.now + 86_400) { token = token.with("iat", .number(Self.now)) }
            _ = try await roost.openSession(id, try token.signed()).json(status: 201)
        }
    }

    @Test func `an issuer that is configured has to be the token's`() async throws {
        var configuration = try Roost.delegation()
        configuration.issuer = "home"
        try await withRoost(delegation: configuration) { roost in
            let id = try await roost.beginConversation()
            let token = HandmadeToken(id, at: roost.clock.now)
            await roost.openSession(id, try token.signed()).expectError(403, "token_issuer")
            _ = try await roost.openSession(id, try token.with("iss", "home").signed()).json(status: 201)
        }
    }

    @Test func `what no key has signed is no credential`() async throws {
        try await withRoost { roost in
            let id = try await roost.beginConversation()
            let token = try roost.token(id)
            let foreign = try HandmadeToken(id, at: roost.clock.now).signed(
                by: Secret(String(repeating: "x", count: 40))
            )
            let payload = token.split(separator: ".")[1]
            let none = Base64URL.encode(Array(#"{"alg":"none"}"#.utf8))
            for text in [
                "", ".", "..", "x", "\(none).\(payload).", foreign, token + "x", String(token.dropLast()), " " + token,
                token.replacing(".", with: ","), String(repeating: "a.", count: 20_000),
            ] {
                await roost.openSession(id, text).expectError(401, "token_invalid", param: "delegation_token")
            }
            var generator = SeededGenerator(seed: 5)
            for _ in 0..<200 {
                await roost.openSession(id, generator.text(upTo: 80, from: [0x20...0x7E, 0x80...0x10FFFF]))
                    .expectError(401, "token_invalid")
            }
        }
    }

    @Test func `a server with a public key believes what the private one signs`() async throws {
        let key = try GeneratedKey(.p256)
        var configuration = DelegationConfiguration()
        configuration.keys = try KeySet(file: Array(key.publicPEM.utf8))
        let signing = try #require(try KeySet(file: Array(key.privatePEM.utf8)).signing)
        try await withRoost(delegation: configuration) { roost in
            let id = try await roost.beginConversation()
            let token = HandmadeToken(id, at: roost.clock.now)
            _ = try await roost.openSession(id, try signing.sign(token)).json(status: 201)
            await roost.openSession(id, try token.signed()).expectError(401, "token_invalid", says: "HS256")
            await roost.openSession(id, try roost.token(id)).expectError(401)
        }
    }

    @Test func `a token that is revoked ends its sessions at once and opens no more`() async throws {
        try await withRoost { roost in
            let session = try await roost.session()
            let second = try await roost.openSession(session.conversation, session.token).json(status: 201)
            let revoked = try await roost.post("/v1/rag/tokens/revoke", ["token": .string(session.token)])
                .json(status: 200)
            #expect(revoked["jti"] == .string(session.tokenID) && revoked["sessions_ended"] == 2)
            for id in [session.id, second["session_id"].stringValue ?? ""] {
                await roost.prompt("Hi", in: id).expectError(404)
            }
            await roost.openSession(session.conversation, session.token).expectError(403, "token_revoked")
            let again = try await roost.post("/v1/rag/tokens/revoke", ["jti": .string(session.tokenID)])
                .json(status: 200)
            #expect(again["sessions_ended"] == 0)
            #expect(roost.ragEvents.kinds.suffix(2) == [.ended(.revoked), .ended(.revoked)])
            _ = try await roost.openSession(session.conversation, try roost.token(session.conversation))
                .json(status: 201)
        }
    }

    @Test func `an id revokes the caller's own token, never another's of the same name`() async throws {
        try await withRoost(models: ScriptedModel(.say(["ok"])).catalog) { roost in
            let session = try await roost.session()
            let jti: JSONValue = ["jti": .string(session.tokenID)]
            let bens = try await roost.post("/v1/rag/tokens/revoke", jti, as: "ben").json(status: 200)
            #expect(bens["sessions_ended"] == 0)
            _ = try await roost.prompt("Hi", in: session.id).json(status: 200)
            _ = try await roost.post("/v1/rag/tokens/revoke", jti).json(status: 200)
            await roost.prompt("Hi", in: session.id).expectError(404)
        }
    }

    @Test func `a revocation is kept for as long as its token could be used, then swept`() async throws {
        try await withRoost { roost in
            let session = try await roost.session(lasting: 1_000)
            _ = try await roost.post("/v1/rag/tokens/revoke", ["token": .string(session.token)]).json(status: 200)
            roost.clock.advance(seconds: 1_059)
            try await roost.engine.ragSessions.sweep()
            await roost.openSession(session.conversation, session.token).expectError(403, "token_revoked")
            roost.clock.advance(seconds: 1)
            try await roost.engine.ragSessions.sweep()
            await roost.openSession(session.conversation, session.token).expectError(403, "token_expired")
            let late = await roost.post("/v1/rag/tokens/revoke", ["token": .string(session.token)])
            _ = try late.json(status: 200)
        }
    }

    @Test func `a token for a later day can be revoked today`() async throws {
        try await withRoost { roost in
            let id = try await roost.beginConversation()
            let now = roost.clock.now.milliseconds / 1_000
            let token = try HandmadeToken(id, at: roost.clock.now).with("iat", nil)
                .with("nbf", .number(Double(now + 200_000))).with("exp", .number(Double(now + 203_600))).signed()
            await roost.openSession(id, token).expectError(403, "token_not_yet_valid")
            _ = try await roost.post("/v1/rag/tokens/revoke", ["token": .string(token)]).json(status: 200)
            roost.clock.advance(seconds: 200_000)
            try await roost.engine.ragSessions.sweep()
            await roost.openSession(id, token).expectError(403, "token_revoked")
        }
    }

    @Test func `only what is signed can be revoked as a token`() async throws {
        try await withRoost { roost in
            await roost.post("/v1/rag/tokens/revoke", ["token": "x.y.z"]).expectError(401, "token_invalid")
            await roost.post("/v1/rag/tokens/revoke", [:]).expectError(400, param: "jti")
            await roost.post("/v1/rag/tokens/revoke", ["jti": "a", "token": "b"]).expectError(400, param: "jti")
        }
    }
}
