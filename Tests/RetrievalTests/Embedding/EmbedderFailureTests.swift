import ContextCore
import Embeddings
import SQL
import TestSupport
import Testing

@testable import Retrieval

/// Providers that are away, and models that are no longer what they were.
@Suite(.serialized, .timeLimit(.minutes(2))) struct EmbedderFailureTests {
    @Test func `while the provider is away nothing that is written is lost, and searches go by words`() async throws {
        try await Providers.with { providers in
            try await withTemporaryDirectory { directory in
                let first = try await providers.library(directory + "/test.db", wanting: "former")
                let notes = try await first.textCollection()
                _ = try await first.write(drafts(0..<5), to: notes, at: start)
                providers.former.fail()
                for library in [first, try await providers.library(directory + "/test.db", wanting: "former")] {
                    let id = library === first ? 5 : 6
                    let receipt = try await library.write(drafts(id..<id + 1), to: notes, at: start)
                    #expect(receipt.created == 1 && receipt.degraded == ["embeddings"])
                    #expect(library.isDegraded == true)
                    let query = RetrievalQuery("heron\(id)", in: [notes], limit: 1)
                    let outcome = try await library.search(query, for: .local)
                    #expect(outcome.hits.map(\.passage.id) == ["p\(id)"] && outcome.degraded == ["embeddings"])
                    await #expect(throws: EmbeddingError.self) {
                        try await library.nearest(to: sentence(id), in: notes)
                    }
                    #expect(try await library.keeper().keep() == false)
                    #expect(library.embeddingState.waiting.contains { $0.contains("starting") })
                }
                providers.former.recover()
                #expect(try await first.keeper().keep())
                for id in 0..<7 {
                    #expect(try await first.nearest(to: sentence(id), in: notes)?.id == "p\(id)")
                }
                #expect(first.isDegraded == false && first.embeddingState.waiting == [])
                #expect(try await first.disagreements() == [])
            }
        }
    }

    @Test func `a new store whose provider is away begins on words, and changes over when it answers`() async throws {
        try await Providers.with { providers in
            try await withTemporaryDirectory { directory in
                providers.next.fail()
                let library = try await providers.library(directory + "/test.db", wanting: "next")
                #expect(library.embedderName == nil)
                let notes = try await library.textCollection()
                _ = try await library.write(drafts(0..<5), to: notes, at: start)
                #expect(try await library.keeper().keep() == false)
                providers.next.recover()
                #expect(try await library.keeper().keep())
                #expect(library.embedderName == "openai:next")
                #expect(try await library.nearest(to: sentence(2), in: notes)?.id == "p2")
            }
        }
    }

    @Test(InstalledModel.isThere)
    func `with the local model a new store begins on that, and goes on with it while the provider is away`()
        async throws
    {
        try await Providers.with { providers in
            try await withTemporaryDirectory { directory in
                providers.next.fail()
                let local = try InstalledModel.embedder()
                let library = try await providers.library(directory + "/test.db", wanting: "next", local: local)
                #expect(library.embedderName == local.model)
                let notes = try await library.textCollection()
                let receipt = try await library.write(drafts(0..<5), to: notes, at: start)
                #expect(receipt.degraded == nil && library.isDegraded == false)
                #expect(try await library.keeper().keep() == false)
                #expect(try await library.nearest(to: sentence(2), in: notes)?.id == "p2")
                providers.next.recover()
                #expect(try await library.keeper().keep())
                #expect(library.embedderName == "openai:next")
                #expect(try await library.nearest(to: sentence(2), in: notes)?.score ?? 0 > 0.999)
                // And back, with nothing but the configuration changed.
                let back = try await openLibrary(.file(directory + "/test.db"), embedder: local)
                #expect(back.isDegraded == true, "nobody tells how the provider is reached")
                #expect(try await back.keeper().keep())
                #expect(back.embedderName == local.model && back.isDegraded == false)
                #expect(try await back.nearest(to: sentence(2), in: notes)?.id == "p2")
            }
        }
    }

    @Test(arguments: [24, 48])
    func `another model under the same name bricks nothing`(dimensions: Int) async throws {
        try await Providers.with { providers in
            try await withTemporaryDirectory { directory in
                let library = try await providers.library(directory + "/test.db", wanting: "former")
                let notes = try await library.textCollection()
                _ = try await library.write(drafts(0..<20), to: notes, at: start)
                providers.former.change {
                    $0.model = 7
                    $0.dimensions = dimensions
                }
                let query = RetrievalQuery("heron4", in: [notes], limit: 1)
                let outcome = try await library.search(query, for: .local)
                #expect(outcome.hits.map(\.passage.id) == ["p4"] && outcome.degraded == ["embeddings"])
                let receipt = try await library.write(drafts(20..<21), to: notes, at: start)
                #expect(receipt.created == 1 && receipt.degraded == ["embeddings"])

                while try await library.keeper().keep() == false {}
                for id in 0..<21 {
                    let best = try await library.nearest(to: sentence(id), in: notes)
                    #expect(best?.id == "p\(id)" && best?.score ?? 0 > 0.999)
                }
                #expect(try await library.vectorCounts() == ["openai:former": 21])
                #expect(try await library.disagreements() == [])
            }
        }
    }

    @Test func `a provider that answers nonsense in the middle of a change spoils no vector`() async throws {
        try await Providers.with { providers in
            try await withTemporaryDirectory { directory in
                let former = try await providers.library(directory + "/test.db", wanting: "former")
                let notes = try await former.textCollection()
                _ = try await former.write(drafts(0..<40), to: notes, at: start)
                let library = try await providers.library(directory + "/test.db", wanting: "next")
                let distortions: [@Sendable (inout [[Float]]) -> Void] = [
                    { $0[0][0] = .nan }, { $0.removeLast() }, { $0[$0.count - 1].removeLast() }, { $0[0] = [] },
                ]
                for distort in distortions {
                    _ = try await library.index.embedders.wantedModel(in: library.database)
                    providers.next.change { $0.distort = distort }
                    #expect(try await library.keeper().keep() == false)
                    #expect(library.embedderName == "openai:former")
                    providers.next.change { $0.distort = { _ in } }
                }
                #expect(try await library.vectorCounts() == ["openai:former": 40])
                #expect(try await library.keeper().keep())
                #expect(try await library.nearest(to: sentence(9), in: notes)?.score ?? 0 > 0.999)
            }
        }
    }
}
