import ContextCore
import KeywordSearch
import Testing
import VectorSearch

@testable import Retrieval

/// What the hybrid ranking owes to its two halves in collections of any size.
@Suite struct FusionTests {
    private let analyzer = TextAnalyzer()

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

    /// Each score is lower than the one before unless both halves say the same of the two.
    private func expectOrder(_ hits: [IndexHit], _ comment: Comment) {
        for (better, worse) in zip(hits, hits.dropFirst()) {
            let isSame =
                better.evidence.vectorScore == worse.evidence.vectorScore
                && better.evidence.keywordScore == worse.evidence.keywordScore
            #expect(better.score > worse.score || (isSame && better.score == worse.score), comment)
        }
        #expect(hits.allSatisfy { 0 < $0.score && $0.score < 1 }, comment)
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

    @Test func `passages that do not differ by their words do not differ by rounding either`() {
        let index = index((0..<30).map { ("common word \($0 % 2)", [1, Float($0) / 10, 0, 0]) })
        let hits = search(index, "common", [1, 0, 0, 0])
        #expect(hits.map(\.key) == (1...30).map(Int64.init))
    }

    @Test func `what both halves favour comes first, whatever the size of the collection`() {
        var generator = SeededGenerator(seed: 7)
        let vocabulary = ["zebra", "horse", "pasta", "tax", "law", "water", "stone", "river", "cloud", "train"]
        var fusion = Fusion()
        fusion.feedbackPassages = 0
        for round in 0..<300 {
            let rare = generator.below(4)
            let passages: [(text: String, vector: [Float]?)] = (0..<1 + generator.below(round.isMultiple(of: 9) ? 400 : 12)).map { place in
                let words = (0..<1 + generator.below(6)).map { _ in generator.pick(vocabulary) }
                let text = words.joined(separator: " ") + (place < rare ? " quagga" : "")
                return (text, generator.below(8) == 0 ? nil : generator.vector(4))
            }
            let index = index(passages)
            let words = generator.pick(["quagga", "zebra law", "unheard", "pasta quagga", "river train cloud"])
            let vector = generator.below(5) == 0 ? nil : generator.vector(4)
            let hits = search(index, words, vector, fusion: fusion)
            expectOrder(hits, "round \(round)")
            for (better, worse) in zip(hits, hits.dropFirst()) {
                guard let a = better.evidence.vectorScore, let b = worse.evidence.vectorScore else { continue }
                let (c, d) = (better.evidence.keywordScore ?? 0, worse.evidence.keywordScore ?? 0)
                #expect(a > b || c > d || (a == b && c == d), "round \(round): worse in both, yet before")
            }
            expectOrder(search(index, words, vector), "round \(round), learned")
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
            #expect(search(index, "stone", nil).first?.key == search(index, "stone", nil, .keyword).first?.key)
        }
    }
}
