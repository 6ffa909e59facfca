import ContextCore
import Embeddings
import Runtime
import SQL
import TestSupport
import Testing

@testable import Retrieval

@Suite struct SearchTests {
    @Test func `a filtered search is as long as its limit whenever so many passages match`() async throws {
        let library = try await openLibrary(model: madeUpModel)
        let notes = try await library.textCollection()
        var generator = SeededGenerator(seed: 1)
        var metadata: [String: JSONValue] = [:]
        var passages: [(PassageDraft, [Float])] = []
        for number in 0..<700 {
            let id = "p\(number)"
            let value: JSONValue = [
                "share": .number(Double(generator.below(100))), "even": .bool(number.isMultiple(of: 2)),
                "tags": ["all", .string("t\(number % 50)")],
            ]
            metadata[id] = value
            let words = "common " + (0..<generator.below(20)).map { _ in "filler" }.joined(separator: " ")
            passages.append((text(id, words, value), generator.vector(8)))
        }
        try await library.keep(passages, in: notes)
        for round in 0..<40 {
            let percent = generator.pick([0, 1, 2, 10, 50, 100])
            var json: JSONValue = ["share": ["$lt": .number(Double(percent))]]
            if round.isMultiple(of: 3) {
                json = ["$and": [json, ["tags": .string("t\(generator.below(50))")]]] as JSONValue
            }
            if round.isMultiple(of: 5) { json = ["$not": json] }
            let filter = try #require(try MetadataFilter(json))
            let matching = Set(metadata.filter { filter.matches($0.value) }.keys)
            for mode in SearchMode.allCases {
                let limit = generator.pick([1, 5, 20, 100])
                let query = RetrievalQuery(
                    "common",
                    vector: generator.vector(8),
                    mode: mode,
                    in: [notes],
                    filter: filter,
                    limit: limit
                )
                let found = try await library.find(query)
                #expect(found.count == min(limit, matching.count), "\(json) \(mode)")
                #expect(Set(found).count == found.count)
                #expect(matching.isSuperset(of: found))
            }
        }
    }

    @Test(arguments: 0..<6)
    func `a hybrid hit has the ranks and scores that each half gives it alone`(seed: UInt64) async throws {
        let library = try await openLibrary(model: madeUpModel)
        let notes = try await library.textCollection()
        var generator = SeededGenerator(seed: seed)
        // More than the fusion looks at, so that many passages are offered by one half only.
        let passages = (0..<900).map { number in
            let words = (0..<1 + generator.below(12)).map { _ in "w\(generator.below(1 + generator.below(60)))" }
            return (text("p\(number)", words.joined(separator: " ")), generator.vector(8))
        }
        try await library.keep(passages, in: notes)
        for _ in 0..<8 {
            let words = (0..<1 + generator.below(4)).map { _ in "w\(generator.below(60))" }.joined(separator: " ")
            var query = RetrievalQuery(words, vector: generator.vector(8), in: [notes], limit: 1_000)
            query.mode = .vector
            let near = try await library.search(query, for: .local).hits
            query.mode = .keyword
            let named = try await library.search(query, for: .local).hits
            query.mode = .hybrid
            query.limit = generator.pick([1, 10, 60])
            let hits = try await library.search(query, for: .local).hits
            #expect(hits.count == query.limit)
            #expect(zip(hits, hits.dropFirst()).allSatisfy { $0.score >= $1.score })
            for hit in hits {
                let vector = near.firstIndex { $0.passage.key == hit.passage.key }
                let word = named.firstIndex { $0.passage.key == hit.passage.key }
                #expect(hit.evidence.vectorScore == vector.map { near[$0].score })
                #expect(hit.evidence.keywordScore == word.map { named[$0].score } ?? 0)
                #expect(hit.evidence.coverage == word.flatMap { named[$0].evidence.coverage } ?? 0)
                if let rank = hit.evidence.vectorRank { #expect(rank == vector.map { $0 + 1 }) }
                if let rank = hit.evidence.keywordRank { #expect(rank == word.map { $0 + 1 }) }
                #expect((0...1).contains(hit.score))
            }
        }
    }

    @Test func `what is excluded does not come back and leaves its place to the next`() async throws {
        let library = try await openLibrary()
        let notes = try await library.textCollection()
        _ = try await library.write((0..<10).map { text("p\($0)", "common") }, to: notes, at: start)
        let keys = try await library.keys(ids: ["p0", "p1", "p2"], for: .local)
        let query = RetrievalQuery("common", mode: .keyword, in: [notes], limit: 7, excluding: Set(keys))
        #expect(Set(try await library.find(query)) == Set((3..<10).map { "p\($0)" }))
    }

    @Test func `a threshold says how many it kept back`() async throws {
        let library = try await openLibrary(model: madeUpModel)
        let notes = try await library.textCollection()
        try await library.keep(text("near", "x"), [1, 0, 0, 0, 0, 0, 0, 0], in: notes)
        try await library.keep(text("far", "y"), [0, 1, 0, 0, 0, 0, 0, 0], in: notes)
        let query = RetrievalQuery(
            nil,
            vector: [1, 0, 0, 0, 0, 0, 0, 0],
            mode: .vector,
            in: [notes],
            limit: 5,
            threshold: 0.5
        )
        let outcome = try await library.search(query, for: .local)
        #expect(outcome.hits.map(\.passage.id) == ["near"])
        #expect(outcome.belowThreshold == 1)
    }

    @Test func `a hybrid search without a text goes by its vector, one without vectors by its words`() async throws {
        let library = try await openLibrary(model: madeUpModel)
        let notes = try await library.textCollection()
        try await library.keep(text("near", "x"), [1, 0, 0, 0, 0, 0, 0, 0], in: notes)
        try await library.keep(text("far", "y"), [0, 1, 0, 0, 0, 0, 0, 0], in: notes)
        let vector: [Float] = [1, 0.1, 0, 0, 0, 0, 0, 0]
        let near = try await library.search(RetrievalQuery(nil, vector: vector, in: [notes], limit: 5), for: .local)
            .hits
        #expect(near.map(\.passage.id) == ["near", "far"])
        #expect(near.allSatisfy { $0.evidence.keywordScore == nil && $0.evidence.coverage == nil })
        let words = try await library.textCollection("words")
        _ = try await library.write([text("a", "x y"), text("b", "z")], to: words, at: start)
        let named = try await library.search(RetrievalQuery("x", vector: vector, in: [words], limit: 5), for: .local)
            .hits
        #expect(named.map(\.passage.id) == ["a"])
        #expect(named.first?.evidence.vectorScore == nil)
    }

    @Test func `without an embedder a search goes by its words and says so`() async throws {
        let library = try await openLibrary()
        let notes = try await library.textCollection()
        _ = try await library.write([text("a", "the quick brown fox")], to: notes, at: start)
        let hybrid = try await library.search(RetrievalQuery("quick fox", in: [notes], limit: 5), for: .local)
        #expect(hybrid.hits.map(\.passage.id) == ["a"])
        #expect(hybrid.degraded == ["embeddings"])
        let keyword = try await library.search(
            RetrievalQuery("fox", mode: .keyword, in: [notes], limit: 5),
            for: .local
        )
        #expect(keyword.degraded.isEmpty)
        let error = await #expect(throws: ContextError.self) {
            try await library.search(RetrievalQuery("fox", mode: .vector, in: [notes], limit: 5), for: .local)
        }
        #expect(error?.status == 501)
        #expect(try await library.localVectors(of: ["a", "b"]) == [nil, nil])
    }

    @Test(arguments: [
        [], [1], [Float](repeating: 0, count: 8), [Float](repeating: .nan, count: 8), [Float](repeating: 1, count: 9),
    ])
    func `a vector that cannot be compared is refused, not answered with nothing`(vector: [Float]) async throws {
        let library = try await openLibrary(model: madeUpModel)
        let notes = try await library.textCollection()
        try await library.keep(text("a", "x"), [1, 0, 0, 0, 0, 0, 0, 0], in: notes)
        let error = await #expect(throws: ContextError.self) {
            try await library.search(
                RetrievalQuery("x", vector: vector, mode: .vector, in: [notes], limit: 5),
                for: .local
            )
        }
        #expect(error?.status == 400)
        #expect(error?.parameter == "vector")
    }

    @Test func `a query without a word, and an index without a passage, find nothing`() async throws {
        let library = try await openLibrary()
        let notes = try await library.textCollection()
        #expect(try await library.find(RetrievalQuery("anything", in: [notes], limit: 5)).isEmpty)
        _ = try await library.write([text("a", "x")], to: notes, at: start)
        for query in ["", "!!!", "\u{0}", "🦊"] {
            #expect(try await library.find(RetrievalQuery(query, in: [notes], limit: 5)).isEmpty)
        }
        #expect(try await library.find(RetrievalQuery("x", in: [], limit: 5)).isEmpty)
    }

    @Test(InstalledModel.isThere)
    func `with the model meaning is found without a word in common, and nothing is degraded`() async throws {
        let embedder = try InstalledModel.embedder()
        let library = try await openLibrary(embedder: embedder)
        let notes = try await library.textCollection()
        _ = try await library.write(
            [
                text("cat", "A kitten sleeps on the sofa."), text("tax", "Income tax returns are due in May."),
                text("code", "The compiler reports a missing semicolon."), text("blank", "!!!"),
            ],
            to: notes,
            at: start
        )
        #expect(try await library.disagreements() == [])
        for mode in [SearchMode.hybrid, .vector] {
            let outcome = try await library.search(
                RetrievalQuery("feline pets resting", mode: mode, in: [notes], limit: 2),
                for: .local
            )
            #expect(outcome.hits.first?.passage.id == "cat")
            #expect(outcome.degraded.isEmpty)
        }
        let cat = try await library.keys(ids: ["cat"], for: .local)
        let related = try await library.related(to: cat, in: [notes], limit: 5, excluding: [], for: .local)
        #expect(related.map(\.id).contains("tax") && !related.map(\.id).contains("cat"))
        _ = try await library.write([text("cat", "Shares fell on the stock exchange.")], to: notes, at: start)
        let stale = RetrievalQuery("feline pets resting", mode: .vector, in: [notes], limit: 9)
        let former = try await library.search(stale, for: .local).hits.first { $0.passage.id == "cat" }
        #expect(try #require(former?.evidence.vectorScore) < 0.25, "the vector of the former text is gone")
        #expect(
            try await library.find(RetrievalQuery("equity market losses", mode: .vector, in: [notes], limit: 1)) == [
                "cat"
            ]
        )
    }

    @Test(InstalledModel.isThere)
    func `an index whose embedder is gone is searched by words, until the one that is here has embedded everything`()
        async throws
    {
        try await withTemporaryDirectory { directory in
            let embedder = try InstalledModel.embedder()
            let library = try await openLibrary(.file(directory + "/test.db"), model: madeUpModel)
            let notes = try await library.textCollection()
            try await library.keep(text("old", "a kitten"), [Float](repeating: 1, count: 8), in: notes)
            let changed = try await openLibrary(.file(directory + "/test.db"), embedder: embedder)
            let hybrid = try await changed.search(RetrievalQuery("kitten", in: [notes], limit: 5), for: .local)
            #expect(hybrid.hits.map(\.passage.id) == ["old"])
            #expect(hybrid.degraded == ["embeddings"])
            await #expect(throws: ContextError.self) {
                try await changed.find(RetrievalQuery("kitten", mode: .vector, in: [notes], limit: 5))
            }
            #expect(try await changed.disagreements() == [], "its vectors are there all the same")
            let keeper = try #require(EmbeddingKeeper(library: changed, batch: 1, log: .disabled))
            #expect(try await keeper.keep())
            #expect(
                try await changed.find(RetrievalQuery("young cat", mode: .vector, in: [notes], limit: 5)) == ["old"]
            )
            #expect(try await changed.disagreements() == [])
        }
    }
}
