import ContextCore
import Documents
import Embeddings
import Runtime
import TestSupport
import Testing

@testable import Retrieval

/// Where the model in this process takes no more.
@Suite(InstalledModel.isThere, .timeLimit(.minutes(5))) struct LocalEmbedderLimitTests {
    private func embedder(_ configure: (inout LocalEmbedderConfiguration) -> Void) throws -> LocalEmbedder {
        var configuration = LocalEmbedderConfiguration()
        configure(&configuration)
        let files = try ModelFiles(folder: InstalledModel.folder ?? "", verifying: false)
        return try LocalEmbedder(files: files, configuration: configuration)
    }

    @Test func `a document may have more passages than the embedder takes texts at once`() async throws {
        let embedder = try embedder { $0.textsPerRequest = 5 }
        var limits = PassageLimits()
        limits.batch = 4
        let library = try await openLibrary(embedder: embedder, limits: limits)
        let notes = try await library.textCollection()
        let content = (0..<11).map { "# Part \($0)\n\n\(sentence($0))\n" }.joined(separator: "\n")
        let draft = DocumentDraft(source: "a.md", contentHash: SHA256.hash(content.utf8), bytes: content.utf8.count)
        let input = DocumentReader.Input(bytes: Array(content.utf8), name: "a.md")
        let outcome = try await library.ingest(draft, input, into: notes, at: start)
        guard case .indexed(_, let passages, _, _) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(passages == 11)
        #expect(try await library.vectorCounts() == [embedder.model: 11])
    }

    @Test func `while its queue is full a search goes by words`() async throws {
        let embedder = try embedder {
            $0.queueTokens = 1
            $0.threads = 1
        }
        let library = try await openLibrary(embedder: embedder)
        let notes = try await library.textCollection()
        _ = try await library.write(drafts(0..<3), to: notes, at: start)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { _ = try await embedder.embed((0..<5_000).map(sentence)) }
            try await eventually { embedder.waitingTokens > 0 }
            try await library.prepare(["heron1"])
            let query = RetrievalQuery("heron2", in: [notes], limit: 1)
            let outcome = try await library.search(query, for: .local)
            #expect(outcome.hits.map(\.passage.id) == ["p2"] && outcome.degraded == ["embeddings"])
            await #expect(throws: EmbeddingError.self) { try await library.nearest(to: sentence(2), in: notes) }
            group.cancelAll()
        }
    }
}
