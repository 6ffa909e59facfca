import Embeddings
import LanguageModels
import TestSupport
import Testing

/// Vectors of one model, whoever makes them.
@Suite(.serialized, .timeLimit(.minutes(2))) struct CachedEmbedderTests {
    private func withProvider(_ body: (EmbeddingProvider, any Embedder) async throws -> Void) async throws {
        let provider = EmbeddingProvider()
        try await provider.whileServing { port in
            try await withRemoteEmbedder(.openai, at: port, configure: { $0.routing.retryAttempts = 0 }) {
                try await body(provider, $0)
            }
        }
    }

    @Test func `another model under the same name is found out with the next request`() async throws {
        try await withProvider { provider, remote in
            let model = try await EmbeddingModel.model(of: remote, for: .query)
            let embedder = CachedEmbedder(model, makers: [.init(remote, provesItself: true)])
            #expect(try await embedder.vector(for: "a heron") != nil)
            #expect(embedder.problem == nil)
            provider.change { $0.model = 2 }
            await #expect(throws: EmbeddingError.modelChanged("openai:m")) { try await embedder.vector(for: "a kite") }
            await #expect(throws: EmbeddingError.modelChanged("openai:m")) {
                try await embedder.passageVectors(for: ["a kite"])
            }
            #expect(embedder.problem?.contains("another model answers under the name of openai:m") == true)
            #expect(try await embedder.vector(for: "a heron") != nil, "what was remembered is still the model's")
            provider.change {
                $0.model = 1
                $0.dimensions = 48
            }
            await #expect(throws: EmbeddingError.modelChanged("openai:m")) { try await embedder.vector(for: "a kite") }
            provider.change { $0.dimensions = 24 }
            #expect(try await embedder.vector(for: "a kite") != nil)
            #expect(embedder.problem == nil)
        }
    }

    @Test func `a provider that refuses everything blames no text`() async throws {
        try await withProvider { provider, remote in
            let model = try await EmbeddingModel.model(of: remote, for: .query)
            let embedder = CachedEmbedder(model, makers: [.init(remote, provesItself: true)])
            provider.change { $0.refused = "kite" }
            let refused = EmbeddingError.textRefused(
                "a kite",
                reason: "This model's maximum context length is 8 tokens."
            )
            await #expect(throws: refused) { try await embedder.passageVectors(for: ["a heron", "a kite"]) }
            provider.change { $0.refused = "" }
            await #expect(throws: EmbeddingError.providerUnusable("This model's maximum context length is 8 tokens.")) {
                try await embedder.passageVectors(for: ["a heron", "a kite"])
            }
        }
    }

    @Test func `who makes the same vectors takes over while the first one can't`() async throws {
        try await withProvider { provider, remote in
            try await withProvider { twin, standIn in
                let model = try await EmbeddingModel.model(of: remote, for: .query)
                #expect(model.isInterchangeable(with: try await EmbeddingModel.model(of: standIn, for: .query)))
                let embedder = CachedEmbedder(
                    model,
                    makers: [.init(remote, provesItself: true), .init(standIn, provesItself: false)]
                )
                let before = twin.requests
                _ = try await embedder.freshVectors(for: ["a heron"])
                #expect(twin.requests == before)
                provider.change { $0.failure = (503, "", nil) }
                let vector = try #require(try await embedder.freshVectors(for: ["a heron"])[0])
                #expect(cosine(vector, EmbeddingProvider.vector(of: "a heron", dimensions: 24, model: 1)) > 0.9999)
                #expect(twin.requests == before + 1 && embedder.problem == nil)
            }
        }
    }

    @Test func `the caches of two models keep apart, also when their vectors are equally long`() async throws {
        let folder = try TemporaryFolder()
        try await withProvider { provider, remote in
            let first = try await EmbeddingModel.model(of: remote, for: .query)
            provider.change { $0.model = 2 }
            let second = try await EmbeddingModel.model(of: remote, for: .query)
            #expect(first.id != second.id && first.name == second.name)
            func embedder(_ model: EmbeddingModel) throws -> CachedEmbedder {
                let cache = try EmbeddingCache(folder: folder.path, model: model.id, dimensions: model.dimensions)
                return CachedEmbedder(model, makers: [.init(remote, provesItself: true)], cache: cache)
            }
            let before = provider.requests
            let vector = try await embedder(second).passageVectors(for: ["a heron"])
            #expect(try await embedder(second).passageVectors(for: ["a heron"]) == vector)
            #expect(provider.requests == before + 1)
            provider.change { $0.model = 1 }
            #expect(try await embedder(first).passageVectors(for: ["a heron"]) != vector)
        }
    }
}
