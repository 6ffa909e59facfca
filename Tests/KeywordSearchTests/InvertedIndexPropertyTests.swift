import Glibc
import KeywordSearch
import TestSupport
import Testing

/// BM25 as the paper writes it, over dictionaries, in double precision.
private struct NaiveIndex {
    var passages: [UInt32: [String]] = [:]

    func scores(_ query: KeywordQuery, _ bm25: BM25) -> [UInt32: Double] {
        let total = passages.values.reduce(0) { $0 + $1.count }
        let average = Double(total) / Double(max(passages.count, 1))
        var scores: [UInt32: Double] = [:]
        for term in query.terms {
            let frequency = passages.values.count { $0.contains(term.text) }
            let idf = log(1 + (Double(passages.count - frequency) + 0.5) / (Double(frequency) + 0.5))
            for (slot, words) in passages {
                let tf = Double(words.count { $0 == term.text })
                guard tf > 0 else { continue }
                let prior = Double(bm25.lengthPrior)
                let norm = 1 - Double(bm25.b) + Double(bm25.b) * (Double(words.count) + prior) / (average + prior)
                scores[slot, default: 0] += Double(term.weight) * idf * tf / (tf + Double(bm25.k1) * norm)
            }
        }
        return scores
    }
}

@Suite struct InvertedIndexPropertyTests {
    let analyzer = TextAnalyzer()
    let vocabulary = (0..<40).map { "w\($0)" }

    /// Zipf-like: small numbers are frequent.
    private func words(_ count: Int, _ random: inout SeededGenerator) -> [String] {
        (0..<count).map { _ in
            let bound = Int.random(in: 1...vocabulary.count, using: &random)
            return vocabulary[Int.random(in: 0..<bound, using: &random)]
        }
    }

    /// Slots that straddle the windows of the search.
    private func slot(_ random: inout SeededGenerator) -> UInt32 {
        [0, 4080, 8190, 20_000][Int.random(in: 0..<4, using: &random)] + UInt32.random(in: 0..<24, using: &random)
    }

    /// Bits for a random number of slots, with whole windows where none is set.
    private func filter(_ random: inout SeededGenerator) -> [UInt64] {
        let mask = random.next()
        return (0..<Int.random(in: 0...400, using: &random)).map { word in
            mask >> UInt64(word / 64) & 1 == 0 ? 0 : random.next()
        }
    }

    @Test(arguments: 0..<12)
    func `search equals the naive formula under any sequence of changes`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var index = InvertedIndex()
        var naive = NaiveIndex()
        for step in 0..<250 {
            let slot = slot(&random)
            if Int.random(in: 0..<3, using: &random) == 0 {
                index.remove(slot)
                naive.passages[slot] = nil
            } else {
                let words = words(Int.random(in: 0...30, using: &random), &random)
                try index.set(slot, analyzer.analyze(words.joined(separator: " ")))
                naive.passages[slot] = words
            }
            guard step % 5 == 0 else { continue }
            #expect(index.documentCount == naive.passages.count)
            if step % 50 == 0 { index = try InvertedIndex(snapshot: index.snapshot()) }
            let query = analyzer.query(words(Int.random(in: 1...6, using: &random), &random).joined(separator: " "))
            let allowed = Bool.random(using: &random) ? nil : filter(&random)
            check(index, naive, query, limit: Int.random(in: 1...60, using: &random), allowed)
            checkScores(index, query, of: Set((0..<20).map { _ in self.slot(&random) }).sorted())
        }
    }

    /// What is read off a search on its way, and what is looked up passage by passage, is what the search itself finds.
    private func checkScores(_ index: InvertedIndex, _ query: KeywordQuery, of slots: [UInt32]) {
        let all = index.search(query, limit: .max)
        let expected = slots.map { slot in all.first { $0.slot == slot }?.score ?? 0 }
        let (best, scores) = index.search(query, limit: 3, allowed: nil, scoring: slots)
        #expect(best == Array(all.prefix(3)))
        #expect(scores == expected)
        let lookup = index.lookup(query)
        #expect(slots.map { index.score(of: $0, for: lookup) } == expected)
        for (slot, score) in zip(slots, expected) {
            let coverage = index.coverage(of: lookup, in: slot)
            #expect((0...1).contains(coverage) && (coverage > 0) == (score > 0))
            if index.explain(slot, query).count == query.terms.count { #expect(coverage == 1) }
        }
    }

    @Test(arguments: 0..<8)
    func `a query learns the terms with the largest share of what its passages say`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var index = InvertedIndex()
        for slot in 0..<200 {
            try index.set(
                UInt32(slot),
                analyzer.analyze(words(Int.random(in: 1...30, using: &random), &random).joined(separator: " "))
            )
        }
        let query = analyzer.query("w3 unheard")
        let feedback = (0..<5).map { _ in
            InvertedIndex.Feedback(
                slot: UInt32.random(in: 0..<220, using: &random),
                share: Float.random(in: 0...1, using: &random)
            )
        }
        var model: [String: Float] = [:]
        for passage in feedback {
            for term in index.explain(passage.slot, KeywordQuery(terms: vocabulary.map { KeywordQuery.Term($0) })) {
                model[term.term, default: 0] += passage.share * term.contribution
            }
        }
        let limit = Int.random(in: 0...12, using: &random)
        let best = model.sorted { $0.value > $1.value }.prefix(limit)
        let mass = best.reduce(0) { $0 + $1.value }
        let expanded = index.expanded(query, by: feedback, terms: limit, weight: 0.4)
        var expected = mass > 0 ? ["w3": Float(0.3), "unheard": 0.3] : ["w3": 1, "unheard": 1]
        for (term, value) in best { expected[term, default: 0] += 0.4 * value / mass }
        #expect(Set(expanded.terms.map(\.text)) == Set(expected.keys))
        for term in expanded.terms { #expect(abs(term.weight - (expected[term.text] ?? -1)) < 1e-5) }
    }

    private func check(
        _ index: InvertedIndex,
        _ naive: NaiveIndex,
        _ query: KeywordQuery,
        limit: Int,
        _ allowed: [UInt64]?
    ) {
        let expected = naive.scores(query, index.ranking).filter { slot, _ in
            guard let allowed else { return true }
            return slot / 64 < allowed.count && allowed[Int(slot / 64)] >> UInt64(slot % 64) & 1 == 1
        }
        let found = index.search(query, limit: limit, allowed: allowed)
        #expect(found.count == min(limit, expected.count))
        for match in found { #expect(abs((expected[match.slot] ?? -1) - Double(match.score)) < 1e-5) }
        for (better, worse) in zip(found, found.dropFirst()) {
            #expect(better.score > worse.score || (better.score == worse.score && better.slot < worse.slot))
        }
        let best = expected.values.sorted(by: >).prefix(limit)
        for (score, match) in zip(best, found) { #expect(abs(score - Double(match.score)) < 1e-5) }
    }

    @Test func `terms that nothing holds any more are forgotten, the rest stays findable`() throws {
        var index = InvertedIndex()
        try index.set(0, analyzer.analyze("stays"))
        for round in 0..<12 {
            try index.set(1, analyzer.analyze((0..<1000).map { "t\(round)x\($0)" }.joined(separator: " ") + " common"))
        }
        #expect(index.statistics.terms == 1002)
        #expect(index.documentFrequency(of: "t0x1") == 0)
        #expect(index.search(analyzer.query("t11x999 common"), limit: 5).map(\.slot) == [1])
        #expect(index.search(analyzer.query("stays"), limit: 5).map(\.slot) == [0])
        index.remove(1)
        index.remove(0)
        #expect(index.documentCount == 0)
        #expect(index.statistics.postings == 0)
    }

    @Test func `parallel searches of one index agree`() async throws {
        var index = InvertedIndex()
        var random = SeededGenerator(seed: 5)
        for slot in 0..<500 { try index.set(UInt32(slot), analyzer.analyze(words(20, &random).joined(separator: " "))) }
        let (shared, query) = (index, analyzer.query("w1 w5 w9"))
        let expected = shared.search(query, limit: 10)
        await withTaskGroup(of: [KeywordMatch].self) { group in
            for _ in 0..<8 { group.addTask { shared.search(query, limit: 10) } }
            for await matches in group { #expect(matches == expected) }
        }
    }
}
