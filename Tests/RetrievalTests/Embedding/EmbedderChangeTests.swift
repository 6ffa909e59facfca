import ContextCore
import Embeddings
import Runtime
import SQL
import Synchronization
import TestSupport
import Testing

@testable import Retrieval

/// The index belongs to one model until another has embedded everything.
@Suite(.serialized, .timeLimit(.minutes(2))) struct EmbedderChangeTests {
    @Test func `while the embedder changes nothing is lost, and no answer mixes two models`() async throws {
        try await Providers.with { providers in
            try await withTemporaryDirectory { directory in
                let former = try await providers.library(directory + "/test.db", wanting: "former")
                let notes = try await former.textCollection()
                _ = try await former.write(drafts(0..<300), to: notes, at: start)
                #expect(try await former.vectorCounts() == ["openai:former": 300])

                let library = try await providers.library(directory + "/test.db", wanting: "next")
                #expect(library.embedderName == "openai:former")
                providers.next.change { $0.delay = .milliseconds(2) }
                let traffic = Traffic()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for seed in 0..<3 as Range<UInt64> {
                        group.addTask {
                            var generator = SeededGenerator(seed: seed)
                            while !traffic.isDone.load(ordering: .relaxed) {
                                let number = generator.below(300)
                                let part: MetadataFilter = .equals(path: "part", .number(Double(number % 3)))
                                let filter = seed == 0 ? nil : part
                                let best = try await library.nearest(to: sentence(number), in: notes, filter: filter)
                                #expect(
                                    best?.id == "p\(number)" && best?.score ?? 0 > 0.999,
                                    "\(String(describing: best))"
                                )
                                traffic.searches.wrappingAdd(1, ordering: .relaxed)
                                // A search whose vector is remembered never suspends, and would leave no thread to the change.
                                try await Task.sleep(for: .microseconds(200))
                            }
                        }
                    }
                    group.addTask {
                        for number in 300..<360 {
                            _ = try await library.write(drafts(number..<number + 1), to: notes, at: start)
                            let best = try await library.nearest(to: sentence(number), in: notes)
                            #expect(best?.id == "p\(number)" && best?.score ?? 0 > 0.999, "\(String(describing: best))")
                            if number.isMultiple(of: 9) { try await library.deletePassage("p\(number)", from: notes) }
                        }
                    }
                    let keeper = try library.keeper()
                    while try await keeper.keep() == false || library.embedderName != "openai:next" {}
                    let before = traffic.searches.load(ordering: .relaxed)
                    while traffic.searches.load(ordering: .relaxed) < before + 50 {
                        try await Task.sleep(for: .milliseconds(1))
                    }
                    traffic.isDone.store(true, ordering: .relaxed)
                    try await group.waitForAll()
                }
                #expect(try await library.keeper().keep())
                let kept = (0..<360).filter { $0 < 300 || !$0.isMultiple(of: 9) }
                #expect(try await library.vectorCounts() == ["openai:next": kept.count])
                #expect(try await library.disagreements() == [])
                for number in kept {
                    let best = try await library.nearest(to: sentence(number), in: notes)
                    #expect(best?.id == "p\(number)" && best?.score ?? 0 > 0.999)
                }
            }
        }
    }

    @Test func `a change that was interrupted goes on where it was`() async throws {
        try await Providers.with { providers in
            try await withTemporaryDirectory { directory in
                let former = try await providers.library(directory + "/test.db", wanting: "former")
                let notes = try await former.textCollection()
                _ = try await former.write(drafts(0..<80), to: notes, at: start)
                let first = try await providers.library(directory + "/test.db", wanting: "next")
                providers.next.fail(after: 6)
                #expect(try await first.keeper().keep() == false)
                #expect(try await first.vectorCounts() == ["openai:former": 80, "openai:next": 40])
                #expect(first.embeddingState.change == .init(to: "openai:next", embedded: 40, passages: 80))
                #expect(first.embeddingState.waiting.count == 1)
                #expect(try await first.nearest(to: sentence(3), in: notes)?.id == "p3")

                providers.next.recover()
                let second = try await providers.library(directory + "/test.db", wanting: "next")
                #expect(second.embedderName == "openai:former")
                let before = providers.next.texts
                #expect(try await second.keeper().keep())
                let proofs = 40 / 8
                #expect(providers.next.texts - before == 40 + proofs + EmbeddingModel.sentences.count)
                #expect(second.embedderName == "openai:next" && second.embeddingState.change == nil)
                #expect(second.embeddingState.waiting == [])
                #expect(try await second.nearest(to: sentence(3), in: notes)?.id == "p3")
            }
        }
    }

    @Test func `a process that dies after the switch finds the next model, one before it the former`() async throws {
        try await Providers.with { providers in
            try await withTemporaryDirectory { directory in
                let path = directory + "/test.db"
                let former = try await providers.library(path, wanting: "former") {
                    $0.snapshotPath = directory + "/snapshot"
                }
                let notes = try await former.textCollection()
                _ = try await former.write(drafts(0..<20), to: notes, at: start)
                try await former.index.saveSnapshot()
                let changing = try await providers.library(path, wanting: "next")
                #expect(try await changing.keeper().keep())
                // The snapshot is still the former's; it is not taken for the next one's.
                let reopened = try await providers.library(path, wanting: "next") {
                    $0.snapshotPath = directory + "/snapshot"
                }
                #expect(reopened.embedderName == "openai:next")
                #expect(try await reopened.nearest(to: sentence(3), in: notes)?.score ?? 0 > 0.999)
                #expect(try await reopened.disagreements() == [])
            }
        }
    }

    @Test func `a vector that comes while the next index is built is in it`() async throws {
        try await Providers.with { providers in
            try await withTemporaryDirectory { directory in
                let former = try await providers.library(directory + "/test.db", wanting: "former")
                let notes = try await former.textCollection()
                _ = try await former.write(drafts(0..<10), to: notes, at: start)
                let library = try await providers.library(directory + "/test.db", wanting: "next")
                let embedders = library.index.embedders
                let model = try #require(try await embedders.wantedModel(in: library.database))
                let embedder = try #require(await embedders.embedder(for: model))
                let backfill = EmbeddingBackfill(library: library, embedder: embedder, batch: 4, log: .disabled)
                let isChanged = try await library.index.change(
                    to: model,
                    complete: { try await backfill.embedMissing() },
                    isComplete: { _ in true }
                )
                #expect(isChanged)
                #expect(try await library.disagreements() == [])
                for id in 0..<10 {
                    #expect(try await library.nearest(to: sentence(id), in: notes)?.id == "p\(id)")
                }
            }
        }
    }

    @Test func `vectors beside the live ones change no index`() async throws {
        try await Providers.with { providers in
            try await withTemporaryDirectory { directory in
                let former = try await providers.library(directory + "/test.db", wanting: "former")
                let notes = try await former.textCollection()
                _ = try await former.write(drafts(0..<20), to: notes, at: start)
                let library = try await providers.library(directory + "/test.db", wanting: "next")
                let revision = library.index.revision
                providers.next.fail(after: 3)
                #expect(try await library.keeper().keep() == false)
                #expect(try await library.vectorCounts()["openai:next"] == 16)
                #expect(try await library.database.read { try await PassageStore.revision(on: $0) } == revision)
            }
        }
    }

    @Test func `a text that the next embedder refuses holds up no other`() async throws {
        try await Providers.with { providers in
            try await withTemporaryDirectory { directory in
                let former = try await providers.library(directory + "/test.db", wanting: "former")
                let notes = try await former.textCollection()
                _ = try await former.write(drafts(0..<30), to: notes, at: start)
                let library = try await providers.library(directory + "/test.db", wanting: "next")
                providers.next.change { $0.refused = "heron17" }
                #expect(try await library.keeper().keep())
                #expect(library.embedderName == "openai:next")
                #expect(try await library.nearest(to: sentence(16), in: notes)?.id == "p16")
                let query = RetrievalQuery("heron17", in: [notes], limit: 1)
                #expect(try await library.search(query, for: .local).hits.map(\.passage.id) == ["p17"])
                #expect(try await library.disagreements() == [])
                let before = providers.next.requests
                #expect(try await library.keeper().keep())
                #expect(providers.next.requests == before, "it is not asked for again and again")
            }
        }
    }

    @Test func `who goes back to the former embedder gets its vectors back`() async throws {
        try await Providers.with { providers in
            try await withTemporaryDirectory { directory in
                let former = try await providers.library(directory + "/test.db", wanting: "former")
                let notes = try await former.textCollection()
                _ = try await former.write(drafts(0..<10), to: notes, at: start)
                let identity = try #require(former.embedder?.model)
                let next = try await providers.library(directory + "/test.db", wanting: "next")
                #expect(try await next.keeper().keep())
                let again = try await providers.library(directory + "/test.db", wanting: "former")
                #expect(try await again.keeper().keep())
                #expect(again.embedder?.model == identity)
                #expect(try await again.vectorCounts() == ["openai:former": 10])
            }
        }
    }
}

/// What the searches beside a change have done.
private final class Traffic: Sendable {
    let isDone = Atomic(false)
    let searches = Atomic(0)
}
