import ContextCore
import ContextEngine
import HTTP
import LanguageModels
import Runtime
import Testing

@testable import ContextAPI

/// `prompt` and `stream_cancel` over a real socket.
@Suite(.serialized, .timeLimit(.minutes(1))) struct SocketPromptTests {
    /// A server whose prompts are answered by `respond`.
    private func withPrompts(
        configuration: SocketConfiguration = SocketConfiguration(),
        models: ModelCatalog = .extractive(),
        _ respond: SocketService.PromptOperation? = nil,
        _ body: @Sendable (SocketClient) async throws -> Void
    ) async throws {
        try await withRoost(models: models) { roost in
            var service = SocketService(roost.engine, configuration, ErrorRenderer(log: .disabled), Metrics())
            if let respond { service.respond = respond }
            var router = Router<Void>()
            router.get("/v1/ws") { [service] request, _ in
                let caller = RequestContext(principal: .local, now: roost.clock.now, requestID: request.id)
                return .webSocket { try await SocketConversation($0, for: caller, at: service).run() }
            }
            let server = HTTPServer(ServerConfiguration(), router: router) { roost.renderer.render($0, for: $1) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await server.run() }
                defer { group.cancelAll() }
                try await body(try await SocketClient.greeted(port: try await server.ready.wait()))
            }
        }
    }

    private static let end = TurnEnd(finishReason: "stop", promptTokens: 4, completionTokens: 3, model: "test")

    @Test func `an answer comes in chunks and ends with what it took`() async throws {
        try await withPrompts({ _, _, _, emit in
            try await emit(.began(promptTokens: 4))
            try await emit(.delta("Oil ", tokens: 1))
            try await emit(.delta("burns.", tokens: 2))
            try await emit(.ended(Self.end))
        }) { client in
            try await client.send(["type": "prompt", "id": "p", "prompt": "What burns?"])
            #expect(try await client.receive() == ["type": "stream_chunk", "id": "p", "content": "Oil ", "tokens": 1])
            #expect(
                try await client.receive() == ["type": "stream_chunk", "id": "p", "content": "burns.", "tokens": 2]
            )
            let end = try await client.receive()
            #expect(end["type"] == "stream_end" && end["reason"] == "complete" && end["finish_reason"] == "stop")
            #expect(end["usage"] == ["prompt_tokens": 4, "completion_tokens": 3, "total_tokens": 7])
            #expect(end["tokens_used"] == 7 && end["id"] == "p")
            try await client.send(["type": "inference", "id": "q", "prompt": "What burns?", "stream": false])
            #expect(try await client.receive()["content"] == "Oil burns.")
            #expect(try await client.receive()["reason"] == "complete")
        }
    }

    @Test func `a cancelled prompt ends as cancelled with what it has said, while others go on`() async throws {
        try await withPrompts({ request, _, _, emit in
            try await emit(.began(promptTokens: 4))
            try await emit(.delta(request.prompt, tokens: 1))
            try await Latch<Void>().wait()
        }) { client in
            for id in ["a", "b"] {
                try await client.send(["type": "prompt", "id": .string(id), "prompt": "x"])
                #expect(try await client.receive()["id"] == .string(id))
            }
            #expect(try await client.ask(["type": "ping"]) == ["type": "pong"])
            let end = try await client.ask(["type": "stream_cancel", "id": "b"])
            #expect(end["type"] == "stream_end" && end["reason"] == "cancelled" && end["id"] == "b")
            #expect(end["usage"]["completion_tokens"] == 1 && end["usage"]["prompt_tokens"] == 4)
            #expect(try await client.ask(["type": "prompt", "id": "a", "prompt": "x"])["code"] == "conflict")
            #expect(try await client.ask(["type": "stream_cancel"])["id"] == "a")
        }
    }

    @Test func `a session is a scope of its own inside the caller's`() async throws {
        try await withPrompts({ _, _, caller, emit in
            try await emit(.delta(caller.principal.home.path, tokens: 1))
        }) { client in
            try await client.send(["type": "prompt", "prompt": "x"])
            let path = try #require(try await client.receive()["content"].stringValue)
            #expect(path.hasPrefix("local/session_") && Scope(path: path).map(Scope.local.contains) == true)
            #expect(try await client.receive()["reason"] == "complete")
        }
    }

    @Test func `a prompt that fails says why and ends, and its socket stays`() async throws {
        struct Secret: Error {}
        try await withPrompts({ request, _, _, _ in
            if request.prompt == "long" { throw TokenLimitExceeded(promptTokens: 9_000, windowTokens: 8_000) }
            if request.prompt == "secret" { throw Secret() }
            throw ContextError(.providerFailed, "The provider is away.")
        }) { client in
            let long = try await client.ask(["type": "prompt", "id": 1, "prompt": "long"])
            #expect(long["code"] == "TOKEN_LIMIT_EXCEEDED" && long["prompt_tokens"] == 9_000)
            #expect(long["context_window_size"] == 8_000 && long["id"] == 1)
            #expect(try await client.receive()["reason"] == "error")
            #expect(try await client.ask(["type": "prompt", "id": 2, "prompt": "x"])["code"] == "provider_failed")
            #expect(try await client.receive()["reason"] == "error")
            let secret = try await client.ask(["type": "prompt", "id": 3, "prompt": "secret"])
            #expect(secret["code"] == "internal_error" && secret["error"].stringValue?.contains("Secret") == false)
            #expect(try await client.receive()["finish_reason"] == "error")
        }
    }

    @Test func `without a model an answer is quoted from the conversation, and says so`() async throws {
        try await withPrompts { client in
            try await client.send([
                "type": "prompt", "id": "p", "prompt": "When is the lamp trimmed?",
                "conversationContext": [
                    ["role": "assistant", "content": "The lamp of the tower is trimmed at ten every night."]
                ],
            ])
            var content = ""
            var message = try await client.receive()
            while message["type"] == "stream_chunk" {
                content += message["content"].stringValue ?? ""
                message = try await client.receive()
            }
            #expect(message["model"] == "extractive:extractive" && message["notes"].elements.count == 1)
            #expect(content.contains("[1]") || content.hasPrefix("Sorry"))
            let needsEmbedder = try await client.ask(["type": "prompt", "prompt": "x", "useVectors": ["k": 3]])
            #expect(needsEmbedder["code"] == "not_configured")
            #expect(try await client.receive()["reason"] == "error")
        }
    }

    @Test func `a prompt over the window is refused before anything is searched`() async throws {
        try await withPrompts { client in
            let long = JSONValue.string(String(repeating: "lighthouse ", count: 4_000))
            let refused = try await client.ask(["type": "prompt", "id": "p", "prompt": long])
            #expect(refused["code"] == "TOKEN_LIMIT_EXCEEDED" && (refused["prompt_tokens"].integer ?? 0) > 8_000)
            #expect(try await client.receive()["reason"] == "error")
        }
    }

    @Test func `what is sent beside a prompt's own words counts, too`() async throws {
        let model = ScriptedModel(.say(["Oil burns."]), window: 130)
        try await withPrompts(models: model.catalog) { client in
            let long = String(repeating: "lamp ", count: 60)
            #expect(TokenMeter(TokenEstimator()).count(Message(.user, long)) < 130)
            let refused = try await client.ask(["type": "prompt", "id": "p", "prompt": .string(long)])
            #expect(refused["code"] == "TOKEN_LIMIT_EXCEEDED" && refused["context_window_size"] == 130)
            #expect((refused["prompt_tokens"].integer ?? 0) > 130 && model.requests.isEmpty)
            #expect(try await client.receive()["reason"] == "error")
        }
    }

    @Test func `a server without RAG refuses vectors, whatever the client asks for`() async throws {
        var configuration = SocketConfiguration()
        configuration.isRAGEnabled = false
        try await withPrompts(configuration: configuration, nil) { client in
            let answer = try await client.ask(["type": "session_init", "id": 1, "enableRag": true])
            #expect(answer["ragEnabled"] == false)
            let messages: [JSONValue] = [
                SessionSocketTests.upload(["a"]), SessionSocketTests.search(0), ["type": "deleteVectors", "ids": []],
            ]
            for message in messages {
                let answer = try await client.ask(message)
                #expect(answer["error"] == "RAG not enabled for this session")
            }
        }
    }
}
