import KeywordSearch
import VectorSearch

/// What a search of the index found, before the passages are fetched.
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

        /// What may be found at all.
        var selection: Bitset

        /// What the words' frequencies are counted over; `nil` is everything.
        var population: Population?
        var mode: SearchMode
        var limit: Int

        /// How much the vectors count beside the words, 0 … 1.
        var trust: Double
    }

    /// Best first, ties by slot.
    func search(_ query: Query, fusion: Fusion) -> [IndexHit] {
        let found =
            switch query.mode {
            case .vector: single(vectors: vectorHits(query, query.limit))
            case .keyword: single(words: keywordHits(query, query.limit))
            case .hybrid: hybrid(query, fusion)
            }
        let matter = query.words.map { keywords.lookup($0.matter, among: query.population) }
        return found.map { ranked in
            var evidence = ranked.evidence
            evidence.coverage = matter.map { keywords.coverage(of: $0, in: UInt32(ranked.slot)) }
            return IndexHit(key: keys[ranked.slot], score: ranked.score, evidence: evidence)
        }
    }

    /// A slot with its place in the answer's order and what led to it.
    struct Ranked {
        let slot: Int
        let score: Double
        let evidence: Evidence
    }

    private func single(vectors hits: [VectorHit]) -> [Ranked] {
        hits.enumerated().map { place, hit in
            var evidence = Evidence()
            evidence.vectorRank = place + 1
            evidence.vectorScore = Double(hit.score)
            return Ranked(slot: hit.slot, score: Double(hit.score), evidence: evidence)
        }
    }

    private func single(words hits: [KeywordMatch]) -> [Ranked] {
        hits.enumerated().map { place, hit in
            var evidence = Evidence()
            evidence.keywordRank = place + 1
            evidence.keywordScore = Double(hit.score)
            return Ranked(slot: Int(hit.slot), score: Double(hit.score), evidence: evidence)
        }
    }

    func vectorHits(_ query: Query, _ limit: Int) -> [VectorHit] {
        query.vector.flatMap { try? vectors.search($0, k: limit, filter: query.selection) } ?? []
    }

    private func keywordHits(_ query: Query, _ limit: Int) -> [KeywordMatch] {
        guard let words = query.words else { return [] }
        return keywords.search(words, limit: limit, allowed: query.selection.words, among: query.population)
    }
}

extension KeywordQuery {
    /// Without the words that ask for a form of answer and not for a matter, unless it has no others.
    fileprivate var matter: KeywordQuery {
        let matter = KeywordQuery(terms: terms.filter { !Self.formWords.contains($0.text) })
        return matter.isEmpty ? self : matter
    }

    /// Stems: an example seldom calls itself one.
    private static let formWords: Set<String> = ["exampl", "sampl", "tutori", "snippet"]
}
