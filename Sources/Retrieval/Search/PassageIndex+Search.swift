import Glibc
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
        var mode: SearchMode
        var limit: Int

        /// How much the vectors count beside the words, 0 … 1.
        var trust: Double
    }

    func search(_ query: Query, fusion: Fusion) -> [IndexHit] {
        let ranked: [(slot: Int, score: Double)]
        var candidates = Candidates()
        switch query.mode {
        case .vector:
            candidates.offer(vectors: vectorHits(query, query.limit))
            ranked = candidates.evidence.map { ($0.key, $0.value.vectorScore ?? 0) }
        case .keyword:
            candidates.offer(words: keywordHits(query, query.limit))
            ranked = candidates.evidence.map { ($0.key, $0.value.keywordScore ?? 0) }
        case .hybrid:
            ranked = hybrid(query, fusion, &candidates)
        }
        let best = ranked.sorted { ($1.score, $0.slot) < ($0.score, $1.slot) }.prefix(query.limit)
        return best.map { slot, score in
            var evidence = candidates.evidence[slot] ?? Evidence()
            evidence.coverage = query.words.map { coverage(of: $0, in: UInt32(slot)) }
            return IndexHit(key: keys[slot], score: score, evidence: evidence)
        }
    }

    private func vectorHits(_ query: Query, _ limit: Int) -> [VectorHit] {
        query.vector.flatMap { try? vectors.search($0, k: limit, filter: query.selection) } ?? []
    }

    private func keywordHits(_ query: Query, _ limit: Int) -> [KeywordMatch] {
        query.words.map { keywords.search($0, limit: limit, allowed: query.selection.words) } ?? []
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

/// Both halves.
extension PassageIndex {
    private func hybrid(
        _ query: Query,
        _ fusion: Fusion,
        _ candidates: inout Candidates
    ) -> [(slot: Int, score: Double)] {
        let depth = max(fusion.depth, query.limit * 2)
        let vectors = vectorHits(query, depth)
        let words = keywordHits(query, depth)
        candidates.offer(vectors: vectors)
        candidates.offer(words: words)
        measureMissing(&candidates, query)
        var trust = query.trust
        if vectors.isEmpty { trust = 0 }
        if words.isEmpty { trust = 1 }
        let first = fuse(candidates, vectors, words, trust)
        guard !words.isEmpty, let own = query.words else { return first.map { ($0.slot, Self.unit($0.score)) } }
        var learned = query
        learned.words = keywords.expanded(
            own,
            by: feedback(from: first, fusion),
            terms: fusion.feedbackTerms,
            weight: fusion.feedbackShare
        )
        let second = keywordHits(learned, depth)
        var relearned = Candidates()
        relearned.offer(vectors: vectors)
        relearned.offer(words: second)
        measureMissing(&relearned, learned)
        let ranking = fuse(relearned, vectors, second, trust).map { (slot: $0.slot, score: Self.unit($0.score)) }
        candidates.add(Set(ranking.map(\.slot)), from: relearned)
        measureMissing(&candidates, query)
        return ranking
    }

    private func fuse(
        _ candidates: Candidates,
        _ vectors: [VectorHit],
        _ words: [KeywordMatch],
        _ trust: Double
    ) -> [(slot: Int, score: Double)] {
        let vectorBackground = ScoreBackground(vectors.map { Double($0.score) })
        let wordBackground = ScoreBackground(words.map { Double($0.score) })
        return candidates.evidence.map { slot, evidence in
            let vector = trust > 0 ? trust * vectorBackground.standardized(evidence.vectorScore ?? 0) : 0
            let word = trust < 1 ? (1 - trust) * wordBackground.standardized(evidence.keywordScore ?? 0) : 0
            return (slot, vector + word)
        }
    }

    /// The best passages of a ranking with their shares, a softmax of the fused scores.
    private func feedback(
        from ranking: [(slot: Int, score: Double)],
        _ fusion: Fusion
    ) -> [InvertedIndex.Feedback] {
        let best = ranking.sorted { ($1.score, $0.slot) < ($0.score, $1.slot) }.prefix(fusion.feedbackPassages)
        let weights = best.map { exp($0.score - (best.first?.score ?? 0)) }
        let total = weights.reduce(0, +)
        return zip(best, weights).map { InvertedIndex.Feedback(slot: UInt32($0.slot), share: Float($1 / total)) }
    }

    /// Gives each candidate the score of the half that did not offer it.
    private func measureMissing(_ candidates: inout Candidates, _ query: Query) {
        if let vector = query.vector {
            let slots = Bitset(candidates.evidence.filter { $0.value.vectorScore == nil }.keys)
            let hits = (try? vectors.search(vector, k: slots.count, filter: slots, width: .max)) ?? []
            for hit in hits { candidates.measure(hit.slot, vector: hit.score) }
        }
        if let words = query.words {
            let slots = Bitset(candidates.evidence.filter { $0.value.keywordScore == nil }.keys)
            for slot in slots { candidates.measure(slot, words: 0) }
            for hit in keywords.search(words, limit: slots.count, allowed: slots.words) {
                candidates.measure(Int(hit.slot), words: hit.score)
            }
        }
    }

    /// A fused score as a number between 0 and 1 in the same order.
    private static func unit(_ score: Double) -> Double { 1 / (1 + exp(-score)) }
}
