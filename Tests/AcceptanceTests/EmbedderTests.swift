import ContextCore
import Glibc
import TestSupport
import Testing

/// Embedders of providers, as a user configures them and as they fail.
@Suite(.serialized, .timeLimit(.minutes(5))) struct EmbedderTests {
    /// Nothing but the provider embeds.
    private func settings(_ model: String, at port: UInt16, _ folder: TemporaryFolder) -> ServerSettings {
        ServerSettings(variables: [
            "ROOST_MODEL": folder.path + "/no-model", "ROOST_EMBEDDINGS_PROVIDER": "openai",
            "ROOST_EMBEDDINGS_ENDPOINT": "http://127.0.0.1:\(port)/v1", "ROOST_EMBEDDINGS_MODEL": model,
            "ROOST_EMBEDDINGS_API_KEY": "secret-key", "ROOST_EMBEDDINGS_BATCH_SIZE": "10",
            "ROOST_EMBEDDINGS_RETRY_ATTEMPTS": "0", "ROOST_EMBEDDINGS_QUERY_TIMEOUT_SECS": "60",
        ])
    }

    private static func sentence(_ number: Int) -> String { "heron\(number) stands beside pond\(number * 7)" }

    private func write(_ numbers: Range<Int>, to server: Server) async throws -> Caller.Answer {
        let passages = numbers.map { number -> JSONValue in
            ["id": .string("p\(number)"), "fields": ["text": .string(Self.sentence(number))]]
        }
        return try await server.caller.post("/v1/collections/notes/passages", ["passages": .array(passages)])
    }

    private func search(_ number: Int, mode: String, in server: Server) async throws -> Caller.Answer {
        try await server.caller.post(
            "/v1/search",
            ["query": .string(Self.sentence(number)), "mode": .string(mode), "collections": ["notes"], "limit": 1]
        )
    }

    private func found(_ answer: Caller.Answer) -> String? {
        answer.objects("results").first?.objectValue?["id"]?.stringValue
    }

    @Test func `a server that is killed while the embedder changes goes on, and loses nothing`() async throws {
        let folder = try TemporaryFolder()
        let former = EmbeddingProvider(dimensions: 24, model: 1)
        let next = EmbeddingProvider(dimensions: 48, model: 2)
        try await former.whileServing { port in
            try await Server.with(in: folder, settings("former", at: port, folder)) { server in
                let made = try await server.caller.post("/v1/collections", ["name": "notes", "kind": "text"])
                #expect(made.status == 201)
                #expect(try await write(0..<100, to: server)["degraded"] == nil)
                #expect(try await server.caller.get("/ready")["embeddings"] == "openai:former")
                #expect(found(try await search(42, mode: "vector", in: server)) == "p42")
            }
        }
        try await next.whileServing { port in
            next.fail(after: 6)
            try await Server.with(in: folder, settings("next", at: port, folder)) { server in
                // The former model's provider is not configured any more: searches go by words.
                let words = try await search(42, mode: "hybrid", in: server)
                #expect(found(words) == "p42" && words.texts("degraded") == ["embeddings"])
                #expect(try await write(100..<101, to: server)["degraded"] == ["embeddings"])
                var change: [String: JSONValue]?
                while change == nil {
                    change = try await server.caller.get("/ready")["embedding_change"]?.objectValue
                    try await Task.sleep(for: .milliseconds(20))
                }
                #expect(change?["to"] == "openai:next")
            }
            next.recover()
            try await Server.with(in: folder, settings("next", at: port, folder)) { server in
                while try await server.caller.get("/ready")["embeddings"] != "openai:next" {
                    try await Task.sleep(for: .milliseconds(50))
                }
                for number in 0..<101 {
                    let answer = try await search(number, mode: "vector", in: server)
                    #expect(found(answer) == "p\(number)" && answer["degraded"] == nil)
                }
                let ready = try await server.caller.get("/ready")
                #expect(ready.texts("degraded") == [] && ready["embedding_change"] == nil && ready["waiting"] == nil)
                server.process.send(SIGTERM)
                #expect(await server.process.ended() == .exited(0))
                #expect(!server.process.errors.contains("secret-key"))
            }
        }
    }

    @Test(InstalledModel.isThere)
    func `the local model takes over from a provider whose vectors are the same`() async throws {
        let (ours, theirs) = (try TemporaryFolder(), try TemporaryFolder())
        try await Server.with(in: theirs, ServerSettings()) { provider in
            let settings = ServerSettings()
                .setting("ROOST_EMBEDDINGS_PROVIDER", "openai")
                .setting("ROOST_EMBEDDINGS_MODEL", "all-MiniLM-L6-v2")
                .setting("ROOST_EMBEDDINGS_QUERY_TIMEOUT_SECS", "30")
                .setting("ROOST_EMBEDDINGS_RETRY_ATTEMPTS", "0")
                .setting("ROOST_EMBEDDINGS_ENDPOINT", "http://127.0.0.1:\(provider.port)/v1")
            try await Server.with(in: ours, settings) { server in
                _ = try await server.caller.post("/v1/collections", ["name": "notes", "kind": "text"])
                #expect(try await write(0..<5, to: server).status == 201)
                #expect(try await server.caller.get("/ready")["embeddings"] == "openai:all-MiniLM-L6-v2")
                let embedded = try await server.caller.post(
                    "/v1/embeddings",
                    ["input": "a heron", "model": "openai:all-MiniLM-L6-v2"]
                )
                #expect(embedded.status == 200 && embedded["model"] == "openai:all-MiniLM-L6-v2")
                provider.process.send(SIGKILL)
                _ = await provider.process.ended()
                #expect(try await write(5..<6, to: server)["degraded"] == nil)
                for number in 0..<6 {
                    let answer = try await search(number, mode: "vector", in: server)
                    #expect(found(answer) == "p\(number)" && answer["degraded"] == nil)
                }
                #expect(try await server.caller.get("/ready").texts("degraded") == [])
                let gone = try await server.caller.post(
                    "/v1/embeddings",
                    ["input": "a", "model": "openai:all-MiniLM-L6-v2"]
                )
                #expect([502, 503].contains(gone.status))
            }
        }
    }
}
