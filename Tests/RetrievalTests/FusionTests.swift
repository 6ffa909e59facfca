import ContextCore
import KeywordSearch
import TestSupport
import Testing
import VectorSearch

@testable import Retrieval

/// What the hybrid ranking owes to its two halves in collections of any size.
@Suite struct FusionTests {
    private let analyzer = TextAnalyzer()

    /// The fusion alone, without what the query learns.
    private let unlearned: Fusion = {
        var fusion = Fusion()
        fusion.feedbackPassages = 0
        return fusion
    }()

    private func index(_ passages: [(text: String, vector: [Float]?)]) -> PassageIndex {
        var index = PassageIndex(model: madeUpModel, dimension: 4)
        for (place, passage) in passages.enumerated() {
            index.insert(
                PassageIndex.Row(
                    key: Int64(place + 1),
                    collection: 1,
                    scope: .local,
                    facets: .emptyObject,
                    words: analyzer.analyze(passage.text),
                    vector: passage.vector
                )
            )
        }
        return index
    }

    private func search(
        _ index: borrowing PassageIndex,
        _ words: String?,
        _ vector: [Float]?,
        _ mode: SearchMode = .hybrid,
        fusion: Fusion = Fusion()
    ) -> [IndexHit] {
        let query = PassageIndex.Query(
            words: words.map(analyzer.query),
            vector: vector,
            selection: index.live,
            mode: mode,
            limit: 50,
            trust: 0.5
        )
        return index.search(query, fusion: fusion)
    }

    /// Each score is lower than the one before, unless neither passage is better in one half and no worse in the other.
    private func expectOrder(_ hits: [IndexHit], _ comment: Comment) {
        for (first, second) in zip(hits, hits.dropFirst()) {
            let mayTie = !favours(first.evidence, over: second.evidence)
            #expect(first.score > second.score || (mayTie && first.score == second.score), comment)
        }
        #expect(hits.allSatisfy { 0 < $0.score && $0.score < 1 }, comment)
    }

    /// Whether `first` is better in one half and no worse in the other.
    private func favours(_ first: Evidence, over second: Evidence) -> Bool {
        let words = (first.keywordScore ?? 0, second.keywordScore ?? 0)
        guard let left = first.vectorScore, let right = second.vectorScore else { return false }
        return left >= right && words.0 >= words.1 && (left, words.0) != (right, words.1)
    }

    @Test func `one passage with the word leaves the others in the order of the vectors`() {
        let index = index([
            ("Corporate tax law of Liechtenstein", [0.1, 1, 0, 0]), ("Boil pasta for nine minutes", [0.2, 0, 1, 0]),
            ("Striped wild horses graze on savanna", [0.8, 0, 0, 0.6]), ("Zebra zoo", [0.9, 0, 0, 0.4]),
        ])
        let hits = search(index, "zebra", [1, 0, 0, 0])
        #expect(hits.map(\.key) == [4, 3, 2, 1])
        expectOrder(hits, "zebra")
    }

    @Test func `what both halves favour comes first, whatever the size of the collection`() {
        var generator = SeededGenerator(seed: 7)
        let vocabulary = ["zebra", "horse", "pasta", "tax", "law", "water", "stone", "river", "cloud", "train"]
        for round in 0..<300 {
            let rare = generator.below(4)
            let passages: [(text: String, vector: [Float]?)] =
                (0..<1 + generator.below(round.isMultiple(of: 9) ? 400 : 12)).map { place in
                    let words = (0..<1 + generator.below(6)).map { _ in generator.pick(vocabulary) }
                    let text = words.joined(separator: " ") + (place < rare ? " quagga" : "")
                    return (text, generator.below(8) == 0 ? nil : generator.vector(4))
                }
            let index = index(passages)
            let words = generator.pick(["quagga", "zebra law", "unheard", "pasta quagga", "river train cloud"])
            let vector = generator.below(5) == 0 ? nil : generator.vector(4)
            let hits = search(index, words, vector, fusion: unlearned)
            expectOrder(hits, "round \(round)")
            for (first, second) in zip(hits, hits.dropFirst()) {
                #expect(!favours(second.evidence, over: first.evidence), "round \(round)")
            }
            expectOrder(search(index, words, vector), "round \(round), learned")
        }
    }

    @Test func `the best scores are the first of all of them sorted, equal ones by place`() {
        var generator = SeededGenerator(seed: 9)
        for round in 0..<400 {
            let different = generator.pick([1, 3, 50, 1_000_000])
            let scores = (0..<generator.below(round.isMultiple(of: 20) ? 3_000 : 40)).map { _ in
                generator.below(9) == 0 ? -.infinity : Double(generator.below(different) - different / 2)
            }
            let sorted = scores.indices.sorted { (scores[$1], $0) < (scores[$0], $1) }
            for count in [0, 1, 2, generator.below(60), 1_000, scores.count] {
                let best = PassageIndex.best(scores, count)
                #expect(best.map(\.place) == Array(sorted.prefix(count)), "round \(round), the best \(count)")
                #expect(best.allSatisfy { scores[$0.place] == $0.score })
            }
        }
    }

    @Test func `a half that finds nothing leaves the order to the other`() {
        var generator = SeededGenerator(seed: 8)
        for _ in 0..<50 {
            let passages: [(text: String, vector: [Float]?)] = (0..<20).map { number in
                ("stone " + String(repeating: "filler ", count: number), generator.vector(4))
            }
            let index = index(passages)
            let vector = generator.vector(4)
            #expect(search(index, "unheard", vector).map(\.key) == search(index, nil, vector, .vector).map(\.key))
            let words = search(index, "stone", nil, fusion: unlearned)
            #expect(words.map(\.key) == search(index, "stone", nil, .keyword).map(\.key))
        }
    }
}
