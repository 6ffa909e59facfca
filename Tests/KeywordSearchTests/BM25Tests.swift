import KeywordSearch
import Testing

@Suite struct BM25Tests {
    let analyzer = TextAnalyzer()

    private func index(_ texts: [String], lengthPrior: Float = 0) throws -> InvertedIndex {
        var index = InvertedIndex(ranking: BM25(k1: 1.2, b: 0.75, lengthPrior: lengthPrior))
        for (slot, text) in texts.enumerated() { try index.set(UInt32(slot), analyzer.analyze(text)) }
        return index
    }

    /// Three passages of 3, 2 and 4 words.
    ///
    /// N = 3, average length 3; "cat" has df 2, "dog" df 1.
    /// idf(cat) = ln(1 + 1.5 / 2.5) = 0.4700036, idf(dog) = ln(1 + 2.5 / 1.5) = 0.9808293.
    /// Slot 0, length 3, norm 1.2: cat 2 / 3.2 = 0.625. Slot 1, length 2, norm 0.9: cat 1 / 1.9 = 0.5263158.
    /// Slot 2, length 4, norm 1.5: dog 1 / 2.5 = 0.4.
    @Test func `scores are those computed by hand`() throws {
        let index = try index(["cat cat sat", "cat ran", "dog saw big fish"])
        let matches = index.search(analyzer.query("cat dog"), limit: 10)
        #expect(matches.map(\.slot) == [2, 0, 1])
        let expected: [Float] = [0.3923317, 0.2937523, 0.2473703]
        for (match, score) in zip(matches, expected) { #expect(abs(match.score - score) < 1e-6) }
    }

    /// A turn of one word repeats one word of the question; the answer has three of its words among twenty others.
    @Test func `the length prior keeps a tiny passage from winning by its length`() throws {
        let answer = "cat sleeps sofa " + (0..<20).map { "word\($0)" }.joined(separator: " ")
        let texts = ["cat", answer] + (0..<8).map { "another passage without them number\($0) sofa sleeps cat" }
        let query = analyzer.query("cat sleeps sofa")
        func places(_ prior: Float) throws -> [UInt32] {
            try index(texts, lengthPrior: prior).search(query, limit: 10).map(\.slot).filter { $0 < 2 }
        }
        #expect(try places(16) == [1, 0])
    }

    @Test func `a term in every passage still counts for it`() throws {
        let matches = try index(["cat", "cat cat", "cat dog"]).search(analyzer.query("cat"), limit: 3)
        #expect(matches.count == 3)
        #expect(matches.allSatisfy { $0.score > 0 })
    }

    @Test func `equal scores are ordered by slot and the limit keeps the first`() throws {
        let index = try index(Array(repeating: "cat", count: 20))
        #expect(index.search(analyzer.query("cat"), limit: 3).map(\.slot) == [0, 1, 2])
        #expect(index.search(analyzer.query("cat"), limit: 0).isEmpty)
        #expect(index.search(analyzer.query("unicorn"), limit: 3).isEmpty)
    }

    @Test func `a heading weighs as often as its weight says`() throws {
        var weighted = InvertedIndex()
        try weighted.set(0, analyzer.analyze([KeywordField("cat", weight: 2), KeywordField("ran")]))
        try weighted.set(1, analyzer.analyze("cat ran"))
        var repeated = InvertedIndex()
        try repeated.set(0, analyzer.analyze("cat cat ran"))
        try repeated.set(1, analyzer.analyze("cat ran"))
        let query = analyzer.query("cat")
        #expect(weighted.search(query, limit: 2) == repeated.search(query, limit: 2))
    }

    @Test func `a frequency is capped and a slot out of range is refused`() throws {
        var index = try index([Array(repeating: "cat", count: 300).joined(separator: " ")])
        #expect(index.explain(0, analyzer.query("cat")).map(\.frequency) == [255])
        #expect(throws: InvertedIndexError.slotOutOfRange(1 << 24)) { try index.set(1 << 24, analyzer.analyze("cat")) }
    }

    @Test func `a query's term without weight matches nothing`() throws {
        let index = try index(["cat", "dog"])
        let query = KeywordQuery(terms: [.init("cat", weight: 0), .init("dog", weight: -1), .init("dog", weight: .nan)])
        #expect(query.isEmpty)
        #expect(index.search(query, limit: 3).isEmpty)
    }

    @Test func `an explanation adds up to the score`() throws {
        let index = try index(["max_connections of the server", "connections", "the server of servers"])
        let query = analyzer.query("server max_connections unicorn")
        for match in index.search(query, limit: 3) {
            let terms = index.explain(match.slot, query)
            #expect(abs(terms.reduce(0) { $0 + $1.contribution } - match.score) < 1e-6)
            #expect(terms.allSatisfy { $0.documentFrequency == index.documentFrequency(of: $0.term) })
        }
        #expect(index.explain(0, query).map(\.term) == ["server", "max", "connect", "maxconnect"])
        #expect(index.explain(7, query).isEmpty)
    }

    @Test func `distinctive terms are the rare ones, spelled as the text spells them`() throws {
        let index = try index(["the Aerodynamics of wings", "the wings", "the birds", "the wings of birds"])
        let ofText = index.distinctiveTerms(of: "The Wings' Aerodynamics and unicorns", by: analyzer, limit: 2)
        #expect(ofText.map(\.surface) == ["Aerodynamics", "Wings"])
        #expect(index.distinctiveTerms(of: [0, 9] as [UInt32], limit: 1).map(\.term) == ["aerodynam"])
    }
}
