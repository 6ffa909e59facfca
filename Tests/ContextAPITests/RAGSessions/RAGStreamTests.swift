import ContextCore
import ContextEngine
import FoundationEssentials
import HTTP
import LanguageModels
import Runtime
import Testing

/// Answers in pieces, over a real connection.
@Suite(.timeLimit(.minutes(5))) struct RAGStreamTests {
    private func events(_ text: String) throws -> [(name: String?, data: JSONValue)] {
        var parser = EventStreamParser()
        return try parser.receive(text.utf8).map { event in
            (event.event, (try? JSONDecoder().decode(JSONValue.self, from: Data(event.data.utf8))) ?? .null)
        }
    }

    private static let json: HTTPHeaders = ["Content-Type": "application/json"]
    private static let body = Array(#"{"prompt":"hi","stream":true}"#.utf8)

    @Test func `a stream is context, deltas and done, and done is what JSON would have been`() async throws {
        try await withRoost(models: ScriptedModel(.say(["a", "b"])).catalog) { roost in
            let session = try await roost.session()
            let target = "/v1/rag/sessions/\(session.id)/prompts"
            try await withLiveServer(roost) { live in
                let answer = try await live.send(.post, target, headers: Self.json, body: Self.body)
                let events = try events(answer.text)
                #expect(events.map(\.name) == ["context", "delta", "delta", "done"])
                #expect(events.last?.data["response"] == "ab")
                let accepting: HTTPHeaders = ["Content-Type": "application/json", "Accept": "text/event-stream"]
                let other = try await live.send(.post, target, headers: accepting, body: Array(#"{"prompt":"x"}"#.utf8))
                #expect(other.headers["Content-Type"] == "text/event-stream")
                let plain = try await live.send(.post, target, headers: Self.json, body: Array(#"{"prompt":"x"}"#.utf8))
                #expect(plain.body.names == events.last?.data.names)
            }
        }
    }

    @Test func `what fails before the first event has its own status, and what fails later is the last event`()
        async throws
    {
        try await withRoost(models: ScriptedModel(.breakOff("Half")).catalog) { roost in
            let session = try await roost.session()
            try await withLiveServer(roost) { live in
                let missing = try await live.send(
                    .post,
                    "/v1/rag/sessions/rs_none/prompts",
                    headers: Self.json,
                    body: Self.body
                )
                missing.expectError(404)
                let broken = try await live.send(
                    .post,
                    "/v1/rag/sessions/\(session.id)/prompts",
                    headers: Self.json,
                    body: Self.body
                )
                let events = try events(broken.text)
                #expect(events.map(\.name) == ["context", "delta", "error"])
                #expect(events.last?.data["error"]["code"] == "provider_failed")
            }
        }
    }

    /// What ends a session while it answers, and what the answer ends with.
    enum End: CaseIterable {
        case revoked, closed

        /// By a process that knows nothing of this one's answers.
        case revokedElsewhere

        var code: JSONValue { self == .closed ? "conflict" : "token_revoked" }
    }

    @Test(arguments: End.allCases) func `an end of the session is the end of the answer`(end: End) async throws {
        let model = WaitingModel()
        try await withRoost(models: model.catalog) { roost in
            let session = try await roost.session()
            try await withLiveServer(roost) { live in
                let request = ClientRequest(
                    .post,
                    "http://127.0.0.1:\(live.port)/v1/rag/sessions/\(session.id)/prompts",
                    headers: Self.json,
                    body: Self.body
                )
                let text = try await live.client.send(request) { response in
                    var text = ""
                    while let bytes = try await response.next() {
                        text += String(decoding: bytes, as: UTF8.self)
                        guard text.contains("before"), model.mayGoOn.value == nil else { continue }
                        switch end {
                        case .revoked: _ = await roost.post("/v1/rag/tokens/revoke", ["token": .string(session.token)])
                        case .closed: _ = await roost.delete("/v1/rag/sessions/\(session.id)")
                        case .revokedElsewhere:
                            try await revokeElsewhere(session, roost)
                            try await roost.engine.ragSessions.sweep()
                        }
                        model.mayGoOn.open()
                    }
                    return text
                }
                let events = try events(text)
                #expect(events.map(\.name) == ["context", "delta", "error"])
                #expect(events.last?.data["error"]["code"] == end.code)
                #expect(!text.contains("after"))
                let messages = try await live.send(.get, "/v1/conversations/\(session.conversation)/messages")
                #expect(messages.body["messages"][1]["status"] == "interrupted")
            }
        }
    }

    private func revokeElsewhere(_ session: OpenedSession, _ roost: Roost) async throws {
        let now = roost.clock.now
        let other = Engine(library: roost.engine.library, delegation: try Roost.delegation(), now: { now })
        let anna = try #require(Roost.users["anna"])
        let caller = RequestContext(principal: anna, now: now, requestID: "other")
        let revocation = try await other.ragSessions.revoke(tokenID: session.tokenID, caller)
        #expect(revocation.sessionsEnded == 1)
    }

    @Test func `a prompt that takes long is use of its session`() async throws {
        let model = WaitingModel()
        var configuration = RAGSessionConfiguration()
        configuration.timeout = 60
        try await withRoost(models: model.catalog, ragSessions: configuration) { roost in
            let session = try await roost.session()
            async let answer = roost.prompt("Hi", in: session.id)
            _ = try await model.hasBegun.wait()
            roost.clock.advance(seconds: 100)
            #expect(try await roost.engine.ragSessions.sweep() == 0)
            model.mayGoOn.open()
            #expect(try await answer.json(status: 200)["response"] == "beforeafter")
            roost.clock.advance(seconds: 59)
            _ = try await roost.prompt("Hi", in: session.id).json(status: 200)
        }
    }
}

/// Says something, waits until it may go on, and says more.
private final class WaitingModel: LanguageModel {
    let name = ModelName(provider: "scripted", model: "waiting")
    let hasBegun = Latch<Void>()
    let mayGoOn = Latch<Void>()

    func respond(to request: ModelRequest, _ receive: (ModelEvent) async throws -> Void) async throws {
        try await receive(.text("before"))
        hasBegun.open()
        try await mayGoOn.wait()
        try await receive(.text("after"))
        try await receive(.finished(.stop, TokenUsage()))
    }
}
