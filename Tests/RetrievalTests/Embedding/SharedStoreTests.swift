import ContextCore
import Embeddings
import SQL
import TestSupport
import Testing

@testable import Retrieval

/// Several processes on one store, and a store of a former version.
@Suite(.serialized, .timeLimit(.minutes(2))) struct SharedStoreTests {
    @Test func `a process beside the one that changes the embedder follows it, with what it writes and what it asks`()
        async throws
    {
        try await Providers.with { providers in
            try await withTemporaryDirectory { directory in
                let path = directory + "/test.db"
                let beside = try await providers.library(path, wanting: "former")
                let notes = try await beside.textCollection()
                _ = try await beside.write(drafts(0..<20), to: notes, at: start)
                let server = try await providers.library(path, wanting: "next")
                #expect(try await server.keeper().keep())

                #expect(beside.embedderName == "openai:former", "it has not looked yet")
                #expect(try await beside.nearest(to: sentence(3), in: notes)?.score ?? 0 > 0.999)
                _ = try await beside.write(drafts(20..<21), to: notes, at: start)
                #expect(beside.embedderName == "openai:next")
                #expect(try await beside.vectorCounts() == ["openai:next": 21], "none was written of the former model")
                for library in [server, beside] {
                    try await library.index.catchUp()
                    for id in 0..<21 {
                        let best = try await library.nearest(to: sentence(id), in: notes)
                        #expect(best?.id == "p\(id)" && best?.score ?? 0 > 0.999)
                    }
                    #expect(try await library.disagreements() == [])
                }
            }
        }
    }

    @Test func `a process that can't reach the live model leaves vectors to the one that can`() async throws {
        try await Providers.with { providers in
            try await withTemporaryDirectory { directory in
                let path = directory + "/test.db"
                let beside = try await providers.library(path, wanting: "former", reachesOther: false)
                let notes = try await beside.textCollection()
                _ = try await beside.write(drafts(0..<5), to: notes, at: start)
                let server = try await providers.library(path, wanting: "next")
                #expect(try await server.keeper().keep())
                let receipt = try await beside.write(drafts(5..<6), to: notes, at: start)
                #expect(receipt.created == 1 && beside.isDegraded == true)
                #expect(
                    try await beside.search(RetrievalQuery("heron5", in: [notes], limit: 1), for: .local).degraded == [
                        "embeddings"
                    ]
                )
                #expect(try await server.keeper().keep())
                #expect(try await server.nearest(to: sentence(5), in: notes)?.id == "p5")
            }
        }
    }

    @Test func `writers of two processes and a change at once lose nothing`() async throws {
        try await Providers.with { providers in
            try await withTemporaryDirectory { directory in
                let path = directory + "/test.db"
                let beside = try await providers.library(path, wanting: "former")
                let notes = try await beside.textCollection()
                _ = try await beside.write(drafts(0..<60), to: notes, at: start)
                let server = try await providers.library(path, wanting: "next")
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (library, numbers) in [(server, 60..<100), (beside, 100..<140)] {
                        group.addTask {
                            for number in numbers {
                                _ = try await library.write(drafts(number..<number + 1), to: notes, at: start)
                            }
                        }
                    }
                    let keeper = try server.keeper(batch: 4)
                    while try await keeper.keep() == false || server.embedderName != "openai:next" {}
                    try await group.waitForAll()
                    #expect(try await keeper.keep())
                }
                for library in [server, beside] {
                    try await library.index.catchUp()
                    #expect(library.embedderName == "openai:next")
                    for id in 0..<140 {
                        let best = try await library.nearest(to: sentence(id), in: notes)
                        #expect(best?.id == "p\(id)" && best?.score ?? 0 > 0.999)
                    }
                    #expect(try await library.disagreements() == [])
                }
            }
        }
    }

    @Test func `a store of the former schema keeps its vectors, and searches at once`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/test.db"
            let old = try await Database.open(
                DatabaseConfiguration(.file(path), durability: .normal),
                migrations: Array(RetrievalMigrations.all.prefix(2))
            )
            let vectors: [[Float]] = (0..<6).map { [Float](repeating: 0, count: 8).replacing($0, with: 1) }
            try await old.transaction { connection in
                try await connection.execute(
                    """
                    INSERT INTO collection (key, scope, name, kind, retention, metadata, created_at)
                    VALUES (1, \(Scope.local.path), 'notes', 'text', \(try StoredJSON.encode(Retention.permanent)), '{}', 0)
                    """
                )
                for (key, vector) in vectors.enumerated() {
                    let model = key == 5 ? "another" : madeUpModel
                    try await connection.execute(
                        """
                        INSERT INTO passage
                            (key, id, collection, scope, fields, metadata, content_hash, created_at, updated_at)
                        VALUES (\(key + 1), \("p\(key)"), 1, \(Scope.local.path), \("{\"text\":\"note \(key)\"}"), '{}', x'00', 0, 0)
                        """
                    )
                    try await connection.execute(
                        """
                        INSERT INTO passage_vector (passage, model, vector)
                        VALUES (\(key + 1), \(model), \(VectorBytes.encode(vector)))
                        """
                    )
                }
            }
            await old.close()
            let library = try await openLibrary(.file(path))
            let live = try #require(try await library.database.read { try await EmbeddingModelStore.live(on: $0) })
            #expect(live == EmbeddingModel(id: madeUpModel, name: madeUpModel, dimensions: 8))
            let notes = try await library.collection("notes", for: .local)
            for (key, vector) in vectors.enumerated().prefix(5) {
                let query = RetrievalQuery(nil, vector: vector, mode: .vector, in: [notes], limit: 1)
                #expect(try await library.find(query) == ["p\(key)"])
            }
            let lacking = try await library.database.read {
                try await PassageStore.unembedded(by: madeUpModel, after: 0, limit: 9, on: $0)
            }
            #expect(lacking.map(\.id) == ["p5"])
            #expect(try await library.disagreements() == [])
        }
    }
}

extension [Float] {
    fileprivate func replacing(_ place: Int, with value: Float) -> [Float] {
        var copy = self
        copy[place] = value
        return copy
    }
}
