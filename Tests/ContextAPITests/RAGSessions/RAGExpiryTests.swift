import ContextCore
import ContextEngine
import HTTP
import SQL
import TestSupport
import Testing

/// When a session is over.
@Suite struct RAGExpiryTests {
    @Test func `a session lasts for as long as it is used, and its token`() async throws {
        try await withRoost(models: ScriptedModel(.say(["ok"])).catalog) { roost in
            let session = try await roost.session(lasting: 4_000)
            for _ in 0..<2 {
                roost.clock.advance(seconds: 1_799)
                _ = try await roost.prompt("Hi", in: session.id).json(status: 200)
            }
            roost.clock.advance(seconds: 401)
            _ = try await roost.prompt("Hi", in: session.id).json(status: 200)
            roost.clock.advance(seconds: 1)
            await roost.prompt("Hi", in: session.id).expectError(404)
            await roost.delete("/v1/rag/sessions/\(session.id)").expectError(404)
        }
    }

    @Test func `without use it ends after the timeout, to the second`() async throws {
        var configuration = RAGSessionConfiguration()
        configuration.timeout = 60
        try await withRoost(models: ScriptedModel(.say(["ok"])).catalog, ragSessions: configuration) { roost in
            let (used, unused) = (try await roost.session(), try await roost.session())
            roost.clock.advance(seconds: 59)
            _ = try await roost.prompt("Hi", in: used.id).json(status: 200)
            #expect(try await roost.engine.ragSessions.sweep() == 0)
            roost.clock.advance(seconds: 1)
            await roost.prompt("Hi", in: unused.id).expectError(404)
            #expect(try await roost.engine.ragSessions.sweep() == 1)
            #expect(roost.ragEvents.kinds.last == .expired)
            _ = try await roost.prompt("Hi", in: used.id).json(status: 200)
        }
    }

    @Test func `the answer says when it ends: never after its token`() async throws {
        try await withRoost { roost in
            let short = try await roost.session(lasting: 90)
            #expect(short.expiresAt == roost.clock.now.adding(seconds: 90).iso8601)
        }
    }

    @Test func `sessions and revocations outlive the server`() async throws {
        try await withTemporaryDirectory { directory in
            let location = DatabaseConfiguration.Location.file(directory + "/roost.db")
            var kept: OpenedSession?
            var revoked: OpenedSession?
            try await withRoost(at: location) { roost in
                kept = try await roost.session()
                let other = try await roost.session()
                revoked = other
                _ = try await roost.post("/v1/rag/tokens/revoke", ["token": .string(other.token)]).json(status: 200)
            }
            let (session, gone) = (try #require(kept), try #require(revoked))
            try await withRoost(models: ScriptedModel(.say(["ok"])).catalog, at: location) { roost in
                _ = try await roost.prompt("Hi", in: session.id).json(status: 200)
                await roost.openSession(gone.conversation, gone.token).expectError(403, "token_revoked")
            }
        }
    }
}
