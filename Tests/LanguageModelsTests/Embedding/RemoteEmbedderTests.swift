import ContextCore
import Embeddings
import HTTP
import LanguageModels
import Runtime
import TestSupport
import Testing

/// A provider over a real connection, and what becomes of its moods.
@Suite(.serialized, .timeLimit(.minutes(2))) struct RemoteEmbedderTests {
    /// Lends the provider's embedder.
    private func withEmbedder(
        _ kind: Provider = .openai,
        dimensions: Int? = nil,
        configure: (inout RemoteEmbedderConfiguration) -> Void = { _ in },
        _ body: (any Embedder, EmbeddingProvider) async throws -> Void
    ) async throws {
        let provider = EmbeddingProvider()
        try await provider.whileServing { port in
            try await withRemoteEmbedder(kind, at: port, dimensions: dimensions, configure: configure) {
                try await body($0, provider)
            }
        }
    }

    @Test(arguments: [Provider.openai, .llamafile, .ollama])
    func `many texts go out in batches and come back in their order`(kind: Provider) async throws {
        try await withEmbedder(kind, configure: { $0.batch = 7 }) { embedder, provider in
            let texts = (0..<30).map { "text number \($0)" }
            let embeddings = try await embedder.embed(texts, for: .passage)
            #expect(provider.requests == 5)
            for (text, embedding) in zip(texts, embeddings) {
                #expect(cosine(embedding.vector, EmbeddingProvider.vector(of: text, dimensions: 24, model: 1)) > 0.9999)
            }
        }
    }

    @Test func `a server that knows no base 64 is understood as well`() async throws {
        try await withEmbedder { embedder, provider in
            let packed = try await embedder.embed(["some text"], for: .query)
            provider.change { $0.asksForBase64 = false }
            let listed = try await embedder.embed(["some text"], for: .query)
            #expect(cosine(packed[0].vector, listed[0].vector) > 0.9999)
        }
    }

    @Test func `a failure that passes is tried again for passages, and told at once for a query`() async throws {
        try await withEmbedder { embedder, provider in
            provider.change { $0.failure = (503, #"{"error":{"message":"loading"}}"#, nil) }
            let failure = await #expect(throws: EmbeddingError.self) { try await embedder.embed(["a"], for: .query) }
            #expect(failure == .providerFailed("openai:m: loading", retryAfter: nil))
            #expect(provider.requests == 1)
            async let embeddings = embedder.embed(["a"], for: .passage)
            try await eventually { provider.requests >= 2 }
            provider.change { $0.failure = nil }
            #expect(try await embeddings.count == 1)
        }
    }

    @Test func `a provider that limits the rate gets the pause that it asks for`() async throws {
        try await withEmbedder { embedder, provider in
            provider.change { $0.failure = (429, #"{"error":{"message":"slow down"}}"#, "7") }
            let failure = await #expect(throws: EmbeddingError.self) { try await embedder.embed(["a"], for: .query) }
            #expect(failure == .providerFailed("openai:m: slow down", retryAfter: .seconds(7)))
        }
    }

    @Test func `a provider that keeps failing is left alone`() async throws {
        try await withEmbedder(configure: { $0.failuresUntilRest = 2 }) { embedder, provider in
            provider.change { $0.failure = (500, "", nil) }
            for _ in 0..<5 {
                await #expect(throws: EmbeddingError.self) { try await embedder.embed(["a"], for: .query) }
            }
            #expect(provider.requests == 2)
        }
    }

    @Test(arguments: [
        (401, #"{"error":{"message":"Incorrect API key"}}"#, "openai:m: Incorrect API key"),
        (404, #"{"error":{"message":"no such model","code":"model_not_found"}}"#, "openai:m: no such model"),
    ])
    func `what somebody has to change is not tried again`(status: Int, body: String, reason: String) async throws {
        try await withEmbedder { embedder, provider in
            provider.change { $0.failure = (status, body, nil) }
            let failure = await #expect(throws: EmbeddingError.self) { try await embedder.embed(["a"], for: .passage) }
            #expect(failure == .providerUnusable(reason))
            #expect(provider.requests == 1)
        }
    }

    @Test(arguments: [401, 400, 500]) func `the key is never repeated, whatever the provider says`(status: Int)
        async throws
    {
        try await withEmbedder { embedder, provider in
            provider.change {
                $0.failure = (status, #"{"error":{"message":"Received=\#(embedderKey), expected another"}}"#, nil)
            }
            let failure = await #expect(throws: EmbeddingError.self) { try await embedder.embed(["a"], for: .query) }
            let words = "\(try #require(failure))"
            #expect(words.contains("expected another") && !words.contains(embedderKey), "\(words)")
        }
    }

    @Test func `one text that is refused is named, whichever of a batch it is`() async throws {
        try await withEmbedder { embedder, provider in
            provider.change { $0.refused = "much" }
            let texts = (0..<9).map { $0 == 6 ? "far too much" : "text \($0)" }
            let failure = await #expect(throws: EmbeddingError.self) { try await embedder.embed(texts, for: .passage) }
            #expect(
                failure
                    == .textRefused("far too much", reason: "This model's maximum context length is 8 tokens.")
            )
            let sentence = failure?.description ?? ""
            #expect(sentence.contains("12 bytes that begins “far too much”"))
        }
    }

    @Test func `a request that is too large as a whole is made in parts`() async throws {
        try await withEmbedder { embedder, provider in
            provider.change { $0.mostTexts = 3 }
            let embeddings = try await embedder.embed((0..<10).map { "text \($0)" }, for: .passage)
            #expect(embeddings.count == 10)
        }
    }

    @Test func `a text that is longer than the window is embedded by windows, each within it`() async throws {
        try await withEmbedder(configure: { $0.windowTokens = 8 }) { embedder, provider in
            let long = (0..<20).map { "word\($0)" }.joined(separator: " ")
            let embeddings = try await embedder.embed(["short", long], for: .passage)
            #expect(embeddings.map(\.windows) == [1, 3])
            #expect(embeddings[1].tokenCount == 20)
            #expect(provider.texts == 4)
            #expect(abs(cosine(embeddings[1].vector, embeddings[1].vector) - 1) < 1e-3)
        }
    }

    @Test func `a length that is asked for is asked for`() async throws {
        try await withEmbedder(dimensions: 10) { embedder, _ in
            #expect(embedder.name == "openai:m@10")
            let embeddings = try await embedder.embed(["a"], for: .query)
            #expect(embeddings[0].vector.count == 10)
        }
    }

    @Test func `an answer that can't be used is no vector`() async throws {
        try await withEmbedder { embedder, provider in
            provider.change { $0.distort = { $0[0][3] = .nan } }
            let failure = await #expect(throws: EmbeddingError.self) { try await embedder.embed(["a"], for: .query) }
            #expect(failure == .providerUnusable("openai:m: The answer can't be used: vector 0 holds nan."))
        }
    }

    @Test func `a provider that does not answer costs a query no more than its time`() async throws {
        try await withEmbedder(configure: { $0.queryTimeout = .milliseconds(100) }) { embedder, provider in
            provider.change { $0.delay = .seconds(30) }
            let failure = await #expect(throws: EmbeddingError.self) { try await embedder.embed(["a"], for: .query) }
            guard case .providerFailed = failure else { return #expect(Bool(false), "\(String(describing: failure))") }
        }
    }

    @Test func `a port where nobody listens is a failure that may pass`() async throws {
        let port = try await EmbeddingProvider().whileServing { $0 }
        try await withRemoteEmbedder(.ollama, at: port) { embedder in
            let failure = await #expect(throws: EmbeddingError.self) { try await embedder.embed(["a"], for: .query) }
            guard case .providerFailed = failure else { return #expect(Bool(false), "\(String(describing: failure))") }
        }
    }
}

/// Lends an embedder of a provider on the loopback.
private let embedderKey = "sk-not-for-eyes"

func withRemoteEmbedder<Result: Sendable>(
    _ kind: Provider,
    at port: UInt16,
    dimensions: Int? = nil,
    configure: (inout RemoteEmbedderConfiguration) -> Void = { _ in },
    _ body: (any Embedder) async throws -> Result
) async throws -> Result {
    var configuration = RemoteEmbedderConfiguration()
    configuration.routing.firstBackoff = .milliseconds(5)
    configuration.routing.longestBackoff = .milliseconds(20)
    configuration.routing.retryAttempts = 50
    configuration.failuresUntilRest = 1_000
    // A busy machine is no failure.
    configuration.timeout = .seconds(60)
    configuration.queryTimeout = .seconds(60)
    configure(&configuration)
    let client = HTTPClient()
    let embedder = ProviderAccess(kind, endpoint: "http://127.0.0.1:\(port)", key: Secret(embedderKey)).embedder(
        EmbedderName(provider: kind, model: "m", dimensions: dimensions),
        client: client,
        configuration: configuration,
        count: { $0.split(separator: " ").count }
    )
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await client.run() }
        defer { group.cancelAll() }
        return try await body(try #require(embedder))
    }
}

func cosine(_ left: [Float], _ right: [Float]) -> Float {
    func dot(_ left: [Float], _ right: [Float]) -> Float { zip(left, right).reduce(0) { $0 + $1.0 * $1.1 } }
    return dot(left, right) / (dot(left, left) * dot(right, right)).squareRoot()
}
