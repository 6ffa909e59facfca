import ContextCore
import Documents
import Embeddings
import FoundationEssentials
import Glibc
import Retrieval
import Runtime
import SQL
import TestSupport
import Testing

@testable import roost

struct FolderIndexerTests {
    /// A folder `notes` with two files, and a Roost beside it.
    private func withFolder(
        withModel: Bool = false,
        _ body: (_ folder: String, _ roost: Roost, _ indexer: FolderIndexer) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let folder = directory + "/notes"
            try write("# Pools\n\nKeep the sum of the pools below max_connections.\n", to: folder + "/db/pools.md")
            try write("# Trains\n\nThe train to Bremen leaves at nine in the morning.\n", to: folder + "/trains.md")
            try await withRoost(configuration(in: directory, withModel: withModel), log: .disabled) { roost in
                let collection = try await roost.library.collection("codebase-context", for: .local)
                let terminal = Terminal(environment: Environment([:]))
                try await body(folder, roost, FolderIndexer(roost: roost, collection: collection, terminal: terminal))
            }
        }
    }

    private func files(_ query: String, _ roost: Roost, mode: SearchMode = .keyword) async throws -> [String] {
        let query = RetrievalQuery(query, mode: mode, in: try await roost.collections(named: nil), limit: 5)
        return try await roost.library.search(query, for: .local).hits.map { $0.passage.fields["file"] ?? "" }
    }

    @Test func `files are found under the folder's name and their way from there`() async throws {
        try await withFolder { folder, roost, indexer in
            let summary = try await indexer.update([folder])
            #expect(summary.indexed == 2 && summary.failed == 0)
            #expect(try await files("max_connections", roost).first?.hasPrefix("notes/db/pools.md") == true)
        }
    }

    @Test func `unchanged files are left alone, changed ones are read again, missing ones dropped`() async throws {
        try await withFolder { folder, roost, indexer in
            _ = try await indexer.update([folder])
            let second = try await indexer.update([folder])
            #expect(second.unchanged == 2 && !second.hasChanged)
            try write("# Trains\n\nThe train to Hamburg leaves at ten.\n", to: folder + "/trains.md")
            unlink(folder + "/db/pools.md")
            let third = try await indexer.update([folder])
            #expect(third.indexed == 1 && third.removed == 1)
            #expect(try await files("max_connections", roost).isEmpty)
            #expect(try await files("Bremen", roost).isEmpty)
            #expect(try await files("Hamburg", roost).count == 1)
        }
    }

    @Test func `a touched file is known by its content`() async throws {
        try await withFolder { folder, _, indexer in
            _ = try await indexer.update([folder])
            var times = [timespec(tv_sec: 1_000, tv_nsec: 0), timespec(tv_sec: 1_000, tv_nsec: 0)]
            utimensat(AT_FDCWD, folder + "/trains.md", &times, 0)
            let summary = try await indexer.update([folder])
            #expect(summary.indexed == 0 && summary.unchanged == 2)
        }
    }

    @Test func `a file that became a copy of another one no longer says what it said`() async throws {
        try await withFolder { folder, roost, indexer in
            _ = try await indexer.update([folder])
            try write("# Pools\n\nKeep the sum of the pools below max_connections.\n", to: folder + "/trains.md")
            #expect(try await indexer.update([folder]).duplicates == 1)
            #expect(try await files("Bremen", roost).isEmpty)
        }
    }

    @Test func `a copy is read when what it was a copy of has changed`() async throws {
        try await withFolder { folder, roost, indexer in
            _ = try await indexer.update([folder])
            try write("# Trains\n\nThe train to Bremen leaves at nine in the morning.\n", to: folder + "/copy.md")
            #expect(try await indexer.update([folder]).duplicates == 1)
            try write("# Trains\n\nThe train to Hamburg leaves at ten.\n", to: folder + "/trains.md")
            let summary = try await indexer.update([folder])
            #expect(summary.files == 3 && summary.indexed == 2 && summary.unchanged == 1 && summary.duplicates == 0)
            #expect(try await files("Bremen", roost) == ["notes/copy.md › Trains"])
            #expect(try await files("Hamburg", roost).count == 1)
            #expect(try await indexer.update([folder]).hasChanged == false)
        }
    }

    @Test func `two names that Unicode takes for the same are two files`() async throws {
        try await withFolder { folder, roost, indexer in
            try write("Written with one scalar: heron.\n", to: folder + "/caf\u{E9}.md")
            try write("Written with two scalars: otter.\n", to: folder + "/cafe\u{301}.md")
            #expect(try await indexer.update([folder]).indexed == 4)
            unlink(folder + "/cafe\u{301}.md")
            #expect(try await indexer.update([folder]).removed == 1)
            #expect(try await files("heron", roost).count == 1)
            #expect(try await files("otter", roost).isEmpty)
        }
    }

    @Test(arguments: [Double.infinity, 1e19, -1e19, 0.0005])
    func `no time of a file is out of range`(seconds: Double) {
        #expect(FolderScan.milliseconds(Date(timeIntervalSince1970: seconds)) >= 0)
    }

    @Test func `what a collection's capacity pushed out is counted`() async throws {
        try await withFolder { folder, roost, _ in
            let few = try await roost.library.create(
                .init(name: "few", kind: .text, retention: .capacity(1)),
                for: .local,
                at: .now
            )
            let terminal = Terminal(environment: Environment([:]))
            let summary = try await FolderIndexer(roost: roost, collection: few, terminal: terminal).update([folder])
            #expect(summary.indexed == 2 && summary.evicted == 1)
            #expect(summary.description.contains("1 passages pushed out"))
        }
    }

    @Test func `a bad file is counted and does not hold up the others`() async throws {
        try await withFolder { folder, roost, indexer in
            try write("{\"a\": ", to: folder + "/broken.json")
            let summary = try await indexer.update([folder])
            #expect(summary.failed == 1 && summary.indexed == 2)
        }
    }

    @Test func `an error that concerns one file is told from those that befall all`() {
        let own: [any Error] = [
            DocumentError.encrypted(name: "a.pdf"), EmbeddingError.tooManyTexts(3, limit: 2),
            EmbeddingError.textTooLong(index: 0, bytes: 3, limit: 2), EmbeddingError.textRefused("a", reason: "no"),
        ]
        #expect(own.map(FolderIndexer.fault) == own.map { "\($0)" })
        let common: [any Error] = [
            EmbeddingError.overloaded(waiting: 3, limit: 2), EmbeddingError.modelUnavailable("gone"),
            EmbeddingError.providerUnusable("no"), CancellationError(), SQLError(.full, "full"),
        ]
        #expect(common.allSatisfy { FolderIndexer.fault(in: $0) == nil })
    }

    @Test(.enabled(if: InstalledModel.folder != nil)) func `with the model a passage is found by its meaning`()
        async throws
    {
        try await withFolder(withModel: true) { folder, roost, indexer in
            _ = try await indexer.update([folder])
            let found = try await files("railway departure time", roost, mode: .vector)
            #expect(found.first?.hasPrefix("notes/trains.md") == true)
        }
    }

    @Test(.enabled(if: InstalledModel.folder != nil)) func `what was written without a model gets its vectors later`()
        async throws
    {
        try await withTemporaryDirectory { directory in
            try await withRoost(configuration(in: directory), log: .disabled) { roost in
                let notes = try await roost.library.create(.init(name: "notes", kind: .text), for: .local, at: .now)
                let drafts = ["The train to Bremen leaves at nine.", " ¶ ", "Cats sleep all day."].enumerated().map {
                    PassageDraft(id: "n\($0)", fields: ["text": $1])
                }
                #expect(try await roost.library.write(drafts, to: notes, at: .now).created == 3)
                #expect(EmbeddingKeeper(library: roost.library, batch: 1, log: .disabled) == nil)
            }
            try await withRoost(configuration(in: directory, withModel: true), log: .disabled) { roost in
                let keeper = try #require(EmbeddingKeeper(library: roost.library, batch: 1, log: .disabled))
                #expect(try await keeper.keep())
                let embedder = try #require(roost.library.embedder)
                let backfill = EmbeddingBackfill(library: roost.library, embedder: embedder, batch: 1, log: .disabled)
                #expect(try await backfill.embedMissing() == 0)
                let query = RetrievalQuery(
                    "railway",
                    mode: .vector,
                    in: try await roost.collections(named: nil),
                    limit: 1
                )
                #expect(try await roost.library.search(query, for: .local).hits.first?.passage.id == "n0")
            }
        }
    }

    @Test func `files that are looked at again live on`() async throws {
        try await withFolder { folder, roost, _ in
            let draft = CollectionDraft(name: "short", kind: .code, retention: .timeToLive(3_600))
            let short = try await roost.library.create(draft, for: .local, at: .now)
            let terminal = Terminal(environment: Environment([:]))
            let indexer = FolderIndexer(roost: roost, collection: short, terminal: terminal)
            #expect(try await indexer.update([folder]).indexed == 2)
            try await roost.database.transaction { connection in
                try await connection.execute("UPDATE document SET updated_at = 1")
                try await connection.execute("UPDATE passage SET updated_at = 1")
            }
            #expect(try await indexer.update([folder]).unchanged == 2)
            let swept = try await roost.database.transaction {
                try await PassageStore.sweepExpired(at: Timestamp.now, on: $0)
            }
            #expect(swept == 0)
            #expect(roost.library.passageCount(in: short) == 2)
        }
    }
}
