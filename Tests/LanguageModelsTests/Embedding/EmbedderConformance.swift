import Embeddings
import LanguageModels
import TestSupport
import Testing

/// What every embedder promises; the local one and one of each provider's format keep it.
@Suite(InstalledModel.isThere, .serialized, .timeLimit(.minutes(2))) struct EmbedderConformance {
    enum Subject: String, CaseIterable, Sendable {
        case local, openai, llamafile, ollama
    }

    private func with(_ subject: Subject, _ body: (any Embedder) async throws -> Void) async throws {
        guard let kind = Provider(rawValue: subject.rawValue) else { return try await body(InstalledModel.embedder()) }
        try await EmbeddingProvider().whileServing { port in try await withRemoteEmbedder(kind, at: port, body) }
    }

    @Test(arguments: Subject.allCases)
    func `one embedding a text, in order, of length one, alone as among others`(subject: Subject) async throws {
        try await with(subject) { embedder in
            let texts = ["A kitten sleeps.", "Income tax is due in May.", "A kitten sleeps.", "Der Zug fährt ab."]
            let embeddings = try await embedder.embed(texts, for: .passage)
            #expect(embeddings.count == texts.count)
            for (text, embedding) in zip(texts, embeddings) {
                #expect(embedding.vector.count == embeddings[0].vector.count)
                #expect(embedding.tokenCount > 0 && embedding.windows == 1)
                #expect(abs(embedding.vector.reduce(0) { $0 + $1 * $1 } - 1) < 1e-4)
                let alone = try await embedder.embed([text], for: .query)[0]
                #expect(cosine(alone.vector, embedding.vector) > 0.9999)
            }
            #expect(cosine(embeddings[0].vector, embeddings[2].vector) > 0.9999)
            #expect(cosine(embeddings[0].vector, embeddings[1].vector) < 0.9)
            #expect(try await embedder.embed([], for: .passage).isEmpty)
        }
    }

    @Test(arguments: Subject.allCases)
    func `a blank text is no text, and the others are not embedded without it`(subject: Subject) async throws {
        try await with(subject) { embedder in
            for blank in ["", " \n\t"] {
                #expect(embedder.isBlank(blank))
                await #expect(throws: EmbeddingError.blankText(index: 1)) {
                    try await embedder.embed(["a kitten", blank], for: .passage)
                }
            }
            #expect(!embedder.isBlank("a"))
        }
    }

    @Test(arguments: Subject.allCases)
    func `a model is known again by its vectors, and no other is taken for it`(subject: Subject) async throws {
        try await with(subject) { embedder in
            let first = try await EmbeddingModel.model(of: embedder, for: .passage)
            let again = try await EmbeddingModel.model(of: embedder, for: .query)
            #expect(
                first.name == embedder.name
                    && first.dimensions * EmbeddingModel.sentences.count == first.fingerprint.count
            )
            #expect(first.isSame(as: again) && first.isInterchangeable(with: again))
            let other = EmbeddingProvider.vector(of: "another", dimensions: first.dimensions, model: 2)
            let stranger = EmbeddingModel(
                id: "x",
                name: first.name,
                dimensions: first.dimensions,
                fingerprint: EmbeddingModel.sentences.flatMap { _ in other }
            )
            #expect(!first.isSame(as: stranger) && !first.isInterchangeable(with: stranger))
        }
    }

    @Test(arguments: Subject.allCases)
    func `a call that is cancelled ends`(subject: Subject) async throws {
        try await with(subject) { embedder in
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    withUnsafeCurrentTask { $0?.cancel() }
                    await #expect(throws: CancellationError.self) { try await embedder.embed(["never"], for: .passage) }
                }
            }
        }
    }
}
