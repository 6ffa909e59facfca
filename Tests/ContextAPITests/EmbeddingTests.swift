import ContextCore
import Embeddings
import FoundationEssentials
import HTTP
import Synchronization
import TestSupport
import Testing

/// `POST /v1/embed` in its three shapes and `POST /v1/embeddings`, with the real model.
@Suite(InstalledModel.isThere, .timeLimit(.minutes(5))) struct EmbeddingTests {
    private static let sentences = ["The lamp is lit at dusk.", "Gulls nest on the gallery.", "Rape oil burns well."]

    private func withModel(_ body: (Roost) async throws -> Void) async throws {
        try await withRoost(embedder: try InstalledModel.embedder(), body)
    }

    private func reference(_ texts: [String]) async throws -> [[Float]] {
        try await InstalledModel.embedder().embed(texts).map(\.vector)
    }

    @Test func `one text has one embedding`() async throws {
        try await withModel { roost in
            let answer = try await roost.post("/v1/embed", ["input": .string(Self.sentences[0])]).json(status: 200)
            #expect(
                answer.names == ["dimensions", "embedding", "model", "tokenCount", "truncated", "windows"]
            )
            #expect(answer["embedding"].floats == (try await reference(Self.sentences)[0]))
            #expect(answer["embedding"].elements.count == 384 && answer["dimensions"] == 384)
            #expect(answer["model"] == "all-MiniLM-L6-v2" && answer["tokenCount"] == 7)
            #expect(answer["truncated"] == false && answer["windows"] == 1)
        }
    }

    @Test func `texts come back with their embeddings, in order`() async throws {
        try await withModel { roost in
            let texts = Self.sentences.map(JSONValue.string)
            let answer = try await roost.post("/v1/embed", ["texts": .array(texts), "model": "all-MiniLM-L6-v2"])
                .json(status: 200)
            #expect(answer.names == ["embeddings", "model", "provider", "totalTokens"])
            #expect(answer["model"] == "all-MiniLM-L6-v2" && answer["provider"] == "host")
            let items = answer["embeddings"].elements
            #expect(items.map { $0["text"] } == texts)
            #expect(items.map { $0["embedding"].floats } == (try await reference(Self.sentences)))
            #expect(items.allSatisfy { $0.names == ["embedding", "text", "tokenCount", "truncated", "windows"] })
            #expect(answer["totalTokens"].integer == items.compactMap { $0["tokenCount"].integer }.reduce(0, +))
        }
    }

    @Test(arguments: ["/v1/embed", "/v1/embeddings"])
    func `a list as input is answered in OpenAI's shape`(path: String) async throws {
        try await withModel { roost in
            let input = JSONValue.array(Self.sentences.map(JSONValue.string))
            let answer = try await roost.post(path, ["input": input]).json(status: 200)
            #expect(answer.names == ["data", "model", "object", "usage"] && answer["object"] == "list")
            #expect(answer["data"].elements.map { $0["index"] } == [0, 1, 2])
            #expect(answer["data"].elements.allSatisfy { $0["object"] == "embedding" && $0["windows"] == 1 })
            #expect(answer["data"].elements.map { $0["embedding"].floats } == (try await reference(Self.sentences)))
            #expect(answer["usage"]["prompt_tokens"] == answer["usage"]["total_tokens"])
            #expect(answer["usage"]["total_tokens"].integer ?? 0 > 15)
        }
    }

    @Test func `base64 holds the same numbers, least significant byte first`() async throws {
        try await withModel { roost in
            let body: JSONValue = [
                "input": .string(Self.sentences[1]), "encoding_format": "base64", "user": "u", "dimensions": 384,
                "model": "sentence-transformers/all-minilm-l6-v2",
            ]
            let response = await roost.post("/v1/embeddings", body)
            let answer = try response.json(status: 200)
            #expect(response.headers["X-Roost-Ignored"] == nil)
            let text = try #require(answer["data"][0]["embedding"].stringValue)
            let bytes = try #require(Data(base64Encoded: text))
            let floats = stride(from: 0, to: bytes.count, by: 4).map { place in
                Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << ($1 * 8) })
            }
            #expect(floats == (try await reference([Self.sentences[1]])[0]))
        }
    }

    @Test func `a text longer than the model's window is read by windows, and the answer says so`() async throws {
        try await withModel { roost in
            let long = JSONValue.string(String(repeating: "boundary layer ", count: 300))
            let answer = try await roost.post("/v1/embed", ["input": long]).json(status: 200)
            #expect(answer["windows"] == 3 && answer["truncated"] == false && answer["tokenCount"] == 600)
        }
    }

    @Test func `what can't be embedded is refused by its index`() async throws {
        try await withModel { roost in
            let large = JSONValue.string(String(repeating: "x", count: 8_193))
            let many = JSONValue.array(Array(repeating: "a", count: 97))
            let cases: [(JSONValue, String, String)] = [
                (["input": " \n\t"], "input", "blank"), (["input": ["a", ""]], "input[1]", "blank"),
                (["texts": ["a", "b", "\u{200B}"]], "texts[2]", "blank"),
                (["input": large], "input", "8193 bytes (max: 8192)"),
                (["texts": ["a", large]], "texts[1]", "8193 bytes (max: 8192)"),
                (["texts": many], "texts[96]", "97 texts (max: 96)"),
                (["input": many], "input[96]", "97 texts (max: 96)"),
                (["texts": []], "texts", "empty"), (["input": []], "input", "empty"),
                ([:], "input", "required"), (["input": .null], "input", "required"),
                (["input": "a", "texts": ["b"]], "texts", "one of the two"),
                (["texts": ["a", 5]], "texts[1]", "must be a string"), (["texts": "a"], "texts", "array"),
                (["input": 5], "input", "string or an array"),
                (["input": ["a", .null]], "input[1]", "must be a string"),
                (["input": [1, 2]], "input[0]", "tokens"), (["input": [[1], [2]]], "input[0]", "tokens"),
                (["input": ["a", ["b"]]], "input[1]", "must be a string"),
                (["input": "a", "dimensions": 256], "dimensions", "256"),
                (["input": ["a"], "encoding_format": "hex"], "encoding_format", "float, base64"),
            ]
            for (body, param, words) in cases {
                await roost.post("/v1/embed", body).expectError(400, "invalid_request", param: param, says: words)
            }
            await roost.post("/v1/embed", ["input": "a", "model": "text-embedding-3-small"])
                .expectError(404, "not_found", param: "model", says: "text-embedding-3-small", "all-MiniLM-L6-v2")
            let fits = JSONValue.string(String(repeating: "x ", count: 4_096))
            _ = try await roost.post("/v1/embed", ["texts": [fits]]).json(status: 200)
        }
    }

    @Test func `OpenAI's clients may send more texts at once`() async throws {
        try await withModel { roost in
            let texts = JSONValue.array(Array(repeating: "a", count: 200))
            let answer = try await roost.post("/v1/embeddings", ["input": texts]).json(status: 200)
            #expect(answer["data"].elements.count == 200)
            let many = JSONValue.array(Array(repeating: "a", count: 2_049))
            await roost.post("/v1/embeddings", ["input": many]).expectError(400, param: "input[2048]", says: "2048")
            await roost.post("/v1/embeddings", ["texts": ["a"]]).expectError(400, param: "texts", says: "/v1/embed")
            await roost.post("/v1/embeddings", [:]).expectError(400, param: "input")
        }
    }

    /// The big request keeps the model busy until all small ones wait, so what they share does not hang on the clock.
    ///
    /// On a machine that is busy with other things it may be answered before this task looks; then the small ones crowd.
    @Test func `texts of many requests share batches`() async throws {
        let files = try ModelFiles(folder: InstalledModel.folder ?? "", verifying: false)
        let embedder = try LocalEmbedder(files: files)
        try await withRoost(embedder: embedder) { roost in
            let big = JSONValue.array(Array(repeating: .string(String(repeating: "word ", count: 250)), count: 96))
            let requests = 200
            try await withThrowingTaskGroup(of: Int.self) { group in
                let isAnswered = Atomic(false)
                group.addTask {
                    defer { isAnswered.store(true, ordering: .relaxed) }
                    return await roost.post("/v1/embed", ["texts": big]).status
                }
                try await eventually { embedder.waitingTokens > 0 || isAnswered.load(ordering: .relaxed) }
                for number in 0..<requests {
                    group.addTask { await roost.post("/v1/embed", ["input": .string("caller \(number)")]).status }
                }
                for try await status in group { #expect(status == 200) }
            }
            // Alone, each window of the big one would make half a batch, and each small request one of its own.
            #expect(embedder.batches < requests, "\(embedder.batches) batches")
        }
    }

    @Test func `bodies of random bytes are refused in the one form`() async throws {
        try await withModel { roost in
            var random = SeededGenerator(seed: 5)
            let valid = Array(#"{"input":["a b","c"],"model":"all-MiniLM-L6-v2","dimensions":384}"#.utf8)
            for _ in 0..<400 {
                var bytes = valid
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                let answer = await roost.send(.post, "/v1/embed", bytes: bytes)
                if answer.status != 200 { answer.expectErrorForm() }
                #expect([200, 400, 404].contains(answer.status), "\(answer.text)")
            }
        }
    }
}

@Suite struct EmbeddingWithoutModelTests {
    @Test(arguments: ["/v1/embed", "/v1/embeddings"])
    func `without the model there are no embeddings`(path: String) async throws {
        try await withRoost { roost in
            await roost.post(path, ["input": "a"]).expectError(501, "not_configured", says: "embedding model")
        }
    }
}

extension JSONValue {
    var floats: [Float] { elements.compactMap { $0.number.map { Float($0) } } }
}
