import ContextCore
import ContextEngine
import HTTP
import LanguageModels
import Testing

/// `/v1/rag/sessions` and what lies below.
@Suite struct RAGSessionTests {
    @Test func `a prompt is a turn of the conversation, answered from the token's collections`() async throws {
        let model = ScriptedModel(.say(["It turns ", "by itself [1]."]), .say(["Yes."]))
        try await withRoost(models: model.catalog) { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            let session = try await roost.session("sea")
            #expect(session.expiresAt == roost.clock.now.adding(seconds: 1_800).iso8601)
            let answer = try await roost.prompt("Is the lighthouse on the northern reef automated?", in: session.id)
                .json(status: 200)
            #expect(answer["response"] == "It turns by itself [1].")
            #expect(answer["citations"][0]["id"].isString && answer["citations"][0]["source"].isString)
            #expect(answer["citations"][0]["score"].number ?? 0 > 0)
            #expect(answer["citations"][0]["collection"] == "sea")
            #expect(answer["usage"]["prompt_tokens"] == 11 && answer["usage"]["completion_tokens"] == 3)
            #expect(answer["context"]["passages_used"].integer ?? 0 > 0)
            _ = try await roost.prompt("Sure?", in: session.id).json(status: 200)
            #expect(model.lastPrompt[1] == "user: Is the lighthouse on the northern reef automated?")
            #expect(model.lastPrompt[2] == "assistant: It turns by itself [1].")

            let messages = try await roost.get("/v1/conversations/\(session.conversation)/messages").json(status: 200)
            #expect(messages["messages"].elements.map { $0["role"] } == ["user", "assistant", "user", "assistant"])
            let manifest = try #require(answer["manifest_id"].stringValue)
            let replay = try await roost.get("/v1/manifests/\(manifest)?replay=true").json(status: 200)
            #expect(replay["replay"]["exact"] == true && replay["collections"] == ["sea"])
            #expect(
                roost.ragEvents.names == ["rag_session.created", "rag_session.prompted", "rag_session.prompted"]
            )
        }
    }

    @Test func `without collections the conversation alone answers`() async throws {
        let model = ScriptedModel(.say(["Hello."]))
        try await withRoost(models: model.catalog) { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            let session = try await roost.session()
            let answer = try await roost.prompt("What is a lighthouse?", in: session.id).json(status: 200)
            #expect(answer["context"]["passages_used"] == 0 && answer["citations"] == [])
            #expect(!model.lastPrompt.joined().contains("lighthouse keeper"))
        }
    }

    @Test func `a key makes a repeated prompt one turn`() async throws {
        let model = ScriptedModel(.say(["Once."]), .say(["Twice."]))
        try await withRoost(models: model.catalog) { roost in
            let session = try await roost.session()
            for _ in 0..<2 {
                let answer = await roost.send(
                    .post,
                    "/v1/rag/sessions/\(session.id)/prompts",
                    ["prompt": "Hi"],
                    headers: ["Idempotency-Key": "k1"]
                )
                #expect(try answer.json(status: 200)["response"] == "Once.")
            }
            #expect(model.requests.count == 1)
        }
    }

    @Test func `a conversation has to be the token's, there, and its user's`() async throws {
        try await withRoost(models: ScriptedModel(.say(["ok"])).catalog) { roost in
            let (one, other) = (try await roost.beginConversation(), try await roost.beginConversation())
            let bens = try await roost.beginConversation(as: "ben")
            await roost.openSession(other, try roost.token(one)).expectError(
                403,
                "token_scope",
                param: "conversation_id"
            )
            for id in ["c_nowhere", bens] {
                await roost.openSession(id, try roost.token(id)).expectError(404, "not_found", param: "conversation_id")
            }
            let deleted = try roost.token(one)
            _ = try await roost.delete("/v1/conversations/\(one)").json(status: 200)
            await roost.openSession(one, deleted).expectError(404)
        }
    }

    @Test func `a collection that the user does not have is not his to open`() async throws {
        try await withRoost { roost in
            _ = try await roost.post("/v1/collections", ["name": "bens", "kind": "text"], as: "ben").json(status: 201)
            let id = try await roost.beginConversation()
            for name in ["nowhere", "bens"] {
                await roost.openSession(id, try roost.token(id, "best-practices", name))
                    .expectError(403, "token_scope", param: "delegation_token", says: name)
            }
        }
    }

    @Test func `a session belongs to who opened it, and its user may end it`() async throws {
        try await withRoost(models: ScriptedModel(.say(["ok"])).catalog) { roost in
            let id = try await roost.beginConversation()
            let opened = try await roost.openSession(id, try roost.token(id), as: "ben").json(status: 201)
            let session = try #require(opened["session_id"].stringValue)
            await roost.prompt("Hi", in: session).expectError(404, "not_found")
            _ = try await roost.prompt("Hi", in: session, as: "ben").json(status: 200)
            await roost.delete("/v1/rag/sessions/\(session)", as: "lead").expectError(404)
            let ended = try await roost.delete("/v1/rag/sessions/\(session)").json(status: 200)
            #expect(ended["status"] == "ended" && ended["session_id"] == .string(session))
            await roost.prompt("Hi", in: session, as: "ben").expectError(404)
            await roost.delete("/v1/rag/sessions/\(session)").expectError(404)
            #expect(roost.ragEvents.kinds.last == .ended(.closed))
            // Ending a session takes nothing else back.
            _ = try await roost.openSession(id, try roost.token(id), as: "ben").json(status: 201)
        }
    }

    @Test func `where hosts are authenticated the token's host has to be the caller`() async throws {
        var configuration = RAGSessionConfiguration()
        configuration.hosts = .authenticated
        try await withRoost(ragSessions: configuration) { roost in
            let id = try await roost.beginConversation()
            let token = try roost.token(for: "ben", id)
            await roost.openSession(id, token, as: "lead").expectError(403, "token_host")
            _ = try await roost.openSession(id, token, as: "ben").json(status: 201)
        }
    }

    @Test func `no more sessions than the limit are open at once`() async throws {
        var configuration = RAGSessionConfiguration()
        configuration.maximumOpen = 2
        try await withRoost(ragSessions: configuration) { roost in
            let first = try await roost.session()
            _ = try await roost.session()
            let token = try roost.token(first.conversation)
            let refused = await roost.openSession(first.conversation, token)
            refused.expectError(503, "overloaded", says: "max: 2")
            #expect(refused.headers["Retry-After"] != nil)
            _ = try await roost.delete("/v1/rag/sessions/\(first.id)").json(status: 200)
            _ = try await roost.openSession(first.conversation, token).json(status: 201)
        }
    }

    @Test(
        arguments: [
            ("", [:], "conversation_id"), ("", ["conversation_id": 7, "delegation_token": "t"], "conversation_id"),
            ("", ["conversation_id": "c", "delegation_token": .null], "delegation_token"),
            ("", ["conversation_id": "c"], "delegation_token"), ("/x/prompts", [:], "prompt"),
            ("/x/prompts", ["prompt": ["a"]], "prompt"), ("/x/prompts", ["prompt": " \n "], "prompt"),
            ("/x/prompts", ["prompt": .string(String(repeating: "x", count: 32_001))], "prompt"),
            ("/x/prompts", ["prompt": "Hi", "stream": "yes"], "stream"),
        ] as [(String, JSONValue, String)]
    )
    func `bad input names its member`(path: String, body: JSONValue, member: String) async throws {
        try await withRoost { roost in
            let session = try await roost.session()
            let target = "/v1/rag/sessions" + path.replacing("x", with: session.id, maxReplacements: 1)
            await roost.post(target, body).expectError(400, param: member)
            for text in ["", "[]", "null", "{", "{\"prompt\":\"\u{1}\"}", #"{"conversation_id":"\ud800"}"#] {
                await roost.send(.post, target, bytes: Array(text.utf8)).expectError(400)
            }
        }
    }

    @Test func `a session goes with its conversation`() async throws {
        try await withRoost { roost in
            let session = try await roost.session()
            _ = try await roost.delete("/v1/conversations/\(session.conversation)").json(status: 200)
            await roost.prompt("Hi", in: session.id).expectError(404)
        }
    }

    @Test func `without keys, and without passages, every route says that it is not configured`() async throws {
        var disabled = RAGSessionConfiguration()
        disabled.isEnabled = false
        let doors: [(HTTPMethod, String, JSONValue?)] = [
            (.post, "/v1/rag/sessions", ["conversation_id": "c", "delegation_token": "t"]),
            (.post, "/v1/rag/sessions/x/prompts", ["prompt": "Hi"]), (.delete, "/v1/rag/sessions/x", nil),
        ]
        try await withRoost(ragSessions: disabled) { roost in
            for (method, target, body) in doors {
                await roost.send(method, target, body).expectError(501, "not_configured", says: "ENABLE_RAG")
            }
        }
        try await withRoost(delegation: DelegationConfiguration()) { roost in
            for (method, target, body) in doors + [(.post, "/v1/rag/tokens/revoke", ["jti": "x"])] {
                await roost.send(method, target, body).expectError(501, "not_configured", says: "delegation.secret")
            }
        }
    }

    @Test func `what is counted adds up`() async throws {
        let model = ScriptedModel(.say(["ok"]), .fail(.rejected))
        try await withRoost(models: model.catalog) { roost in
            let (one, two, three) = (
                try await roost.session(), try await roost.session(), try await roost.session(lasting: 10)
            )
            _ = await roost.prompt("Hi", in: one.id)
            _ = await roost.prompt("Hi", in: two.id)
            _ = await roost.delete("/v1/rag/sessions/\(one.id)")
            roost.clock.advance(seconds: 100)
            #expect(try await roost.engine.ragSessions.sweep() == 1)
            await roost.prompt("Hi", in: three.id).expectError(404)
            let text = await roost.get("/metrics").text
            for line in [
                "roost_rag_sessions_created_total 3", "roost_rag_sessions_ended_total 1",
                "roost_rag_sessions_expired_total 1", "roost_rag_sessions_active 1",
                #"roost_rag_prompts_total{host="node-1",outcome="answered"} 1"#,
                #"roost_rag_prompts_total{host="node-1",outcome="failed"} 1"#,
            ] {
                #expect(text.contains(line), "\(line)")
            }
        }
    }
}
