import KeywordSearch
import VectorSearch

/// What the halves of a search found, before the passages are fetched.
struct IndexHit: Sendable {
    let key: Int64
    let score: Double
    var evidence: Evidence
}

extension PassageIndex {
    /// A query as the index takes it.
    struct Query {
        var words: KeywordQuery?
        var vector: [Float]?
        var selection: Bitset
        var limit: Int
    }

    /// Both halves over the same selection, fused.
    ///
    /// Each half offers more than `limit`, because a passage that is second-rate for both may be the best for the two
    /// together. A passage that one half alone found is then measured by the other, so that every hit has both scores.
    func search(_ query: Query, fusion: Fusion) -> [IndexHit] {
        let depth = max(query.limit * 2, fusion.depth)
        var candidates = Candidates()
        if let vector = query.vector {
            let hits = (try? vectors.search(vector, k: depth, filter: query.selection)) ?? []
            for (rank, hit) in hits.enumerated() { candidates[hit.slot].setVector(rank: rank + 1, score: hit.score) }
        }
        if let words = query.words {
            let hits = keywords.search(words, limit: depth, allowed: query.selection.words)
            for (rank, hit) in hits.enumerated() { candidates[Int(hit.slot)].setKeyword(rank: rank + 1, score: hit.score) }
        }
        measureMissing(&candidates, query)
        let ranked = fusion.rank(candidates.evidence).prefix(query.limit)
        return ranked.map { slot, score in
            var evidence = candidates.evidence[slot] ?? Evidence()
            evidence.coverage = query.words.map { coverage(of: $0, in: UInt32(slot)) }
            return IndexHit(key: keys[slot], score: score, evidence: evidence)
        }
    }

    /// Gives each candidate the score of the half that did not offer it.
    private func measureMissing(_ candidates: inout Candidates, _ query: Query) {
        if let vector = query.vector {
            let slots = Bitset(candidates.evidence.filter { $0.value.vectorScore == nil }.keys)
            let hits = (try? vectors.search(vector, k: slots.count, filter: slots, width: .max)) ?? []
            for hit in hits { candidates[hit.slot].vectorScore = Double(hit.score) }
        }
        if let words = query.words {
            let slots = Bitset(candidates.evidence.filter { $0.value.keywordScore == nil }.keys)
            for hit in keywords.search(words, limit: slots.count, allowed: slots.words) {
                candidates[Int(hit.slot)].keywordScore = Double(hit.score)
            }
        }
    }

    /// The share of the query's information that the passage's words cover.
    ///
    /// A word that no passage has counts in full: a question about something unknown is not half answered by its
    /// commonplace words.
    private func coverage(of query: KeywordQuery, in slot: UInt32) -> Double {
        let matter = KeywordQuery(terms: query.terms.filter { !Self.formWords.contains($0.text) })
        let query = matter.terms.isEmpty ? query : matter
        let total = query.terms.reduce(0) { $0 + Double($1.weight) * inverseFrequency($1.text) }
        guard total > 0 else { return 0 }
        let weights = Dictionary(query.terms.map { ($0.text, Double($0.weight)) }) { first, _ in first }
        let covered = keywords.explain(slot, query).reduce(0) { $0 + (weights[$1.term] ?? 0) * Double($1.idf) }
        return min(1, covered / total)
    }

    /// Stems of words that ask for a form of answer and not for a matter: an example seldom calls itself one.
    private static let formWords: Set<String> = ["exampl", "sampl", "tutori", "snippet"]

    private func inverseFrequency(_ term: String) -> Double {
        Double(
            keywords.ranking.idf(
                documentFrequency: keywords.documentFrequency(of: term),
                documentCount: keywords.documentCount
            )
        )
    }
}

/// What is known of each slot that either half offered.
struct Candidates {
    private(set) var evidence: [Int: Evidence] = [:]

    subscript(slot: Int) -> Evidence {
        get { evidence[slot] ?? Evidence() }
        set { evidence[slot] = newValue }
    }
}

extension Evidence {
    fileprivate mutating func setVector(rank: Int, score: Float) {
        vectorRank = rank
        vectorScore = Double(score)
    }

    fileprivate mutating func setKeyword(rank: Int, score: Float) {
        keywordRank = rank
        keywordScore = Double(score)
    }
}
