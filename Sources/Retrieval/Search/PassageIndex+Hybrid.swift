import Glibc
import KeywordSearch
import VectorSearch

/// Both halves; ``Fusion`` says how and why.
extension PassageIndex {
    /// The query's best passages, best first; scores between 0 and 1.
    func hybrid(_ query: Query, _ fusion: Fusion) -> [Ranked] {
        let depth = max(fusion.depth, query.limit * 2)
        let vectors = RankedHalf(vectorHits(query, depth))
        let (words, first) = round(query.words, beside: vectors, query, depth)
        let trust = vectors.hits.isEmpty ? 0 : words.hits.isEmpty ? 1 : query.trust
        let scores = first.fused(vectors, words, trust: trust, depth: depth)
        guard let own = query.words, !words.hits.isEmpty else {
            return Self.best(scores, query.limit).map {
                Ranked(
                    slot: first.rows[$0.place].slot,
                    score: Self.unit($0.score),
                    evidence: first.rows[$0.place].evidence
                )
            }
        }
        let learned = keywords.expanded(
            own,
            by: feedback(from: first, scores, fusion),
            terms: fusion.feedbackTerms,
            weight: fusion.feedbackShare,
            among: query.population
        )
        let (relearnedWords, second) = round(learned, beside: vectors, query, depth, known: first)
        let ranking = second.fused(vectors, relearnedWords, trust: trust, depth: depth)
        let lookup = keywords.lookup(own, among: query.population)
        return Self.best(ranking, query.limit).map { best in
            let row = second.rows[best.place]
            return Ranked(
                slot: row.slot,
                score: Self.unit(best.score),
                evidence: first[row.slot] ?? unasked(row, lookup)
            )
        }
    }

    /// Searches for `words`, and completes what either half says of the other's passages: nobody is ranked by an absence.
    private func round(
        _ words: KeywordQuery?,
        beside vectors: RankedHalf,
        _ query: Query,
        _ depth: Int,
        known: Candidates? = nil
    ) -> (words: RankedHalf, candidates: Candidates) {
        guard let words else {
            let nothing = RankedHalf([KeywordMatch]())
            return (nothing, Candidates(vectors, nothing, scores: []))
        }
        let (best, scores) = keywords.search(
            words,
            limit: depth,
            allowed: query.selection.words,
            among: query.population,
            scoring: vectors.slots
        )
        let half = RankedHalf(best)
        var candidates = Candidates(vectors, half, scores: scores)
        if let vector = query.vector {
            candidates.complete(from: known) { slots in
                (try? self.vectors.search(vector, k: slots.count, filter: slots, width: .max)) ?? []
            }
        }
        return (half, candidates)
    }

    /// What the query's own words say of a passage that only the learned ones led to.
    private func unasked(_ row: Candidates.Row, _ own: InvertedIndex.Lookup) -> Evidence {
        var evidence = row.evidence
        evidence.keywordRank = nil
        evidence.keywordScore = Double(keywords.score(of: UInt32(row.slot), for: own))
        return evidence
    }

    /// The best passages of a ranking with their shares, a softmax of the fused scores.
    private func feedback(
        from candidates: Candidates,
        _ scores: [Double],
        _ fusion: Fusion
    ) -> [InvertedIndex.Feedback] {
        let best = Self.best(scores, fusion.feedbackPassages)
        let weights = best.map { exp($0.score - (best.first?.score ?? 0)) }
        let total = weights.reduce(0, +)
        return zip(best, weights).map {
            InvertedIndex.Feedback(slot: UInt32(candidates.rows[$0.place].slot), share: Float($1 / total))
        }
    }

    /// The places of the `count` highest scores, highest first, equal ones by place.
    ///
    /// What may be among them is gathered, and cut back to `count` when there is twice as much: O(n log `count`).
    static func best(_ scores: [Double], _ count: Int) -> [(place: Int, score: Double)] {
        var best: [(place: Int, score: Double)] = []
        guard count > 0 else { return best }
        var least = -Double.infinity
        for (place, score) in scores.enumerated() where best.count < count || score > least {
            best.append((place, score))
            guard best.count == 2 * count else { continue }
            cut(&best, to: count)
            least = best[count - 1].score
        }
        cut(&best, to: count)
        return best
    }

    private static func cut(_ best: inout [(place: Int, score: Double)], to count: Int) {
        best.sort { $0.score == $1.score ? $0.place < $1.place : $0.score > $1.score }
        best.removeLast(max(0, best.count - count))
    }

    /// A fused score as a number between 0 and 1 in the same order.
    ///
    /// F / (1 + |F|), unlike the logistic function, still tells scores apart that lie far from the others.
    private static func unit(_ score: Double) -> Double { 0.5 + score / (2 * (1 + abs(score))) }
}

extension Candidates {
    /// F for each row; see ``Fusion``.
    ///
    /// - Parameter depth: how many scores make a half's background. Where the words offer fewer, the others are the union's
    ///   passages without them.
    fileprivate func fused(_ vectors: RankedHalf, _ words: RankedHalf, trust: Double, depth: Int) -> [Double] {
        let vectorBackground = vectors.background()
        let wordBackground = words.background(zeros: min(depth, rows.count) - words.hits.count)
        return rows.map { row in
            let vector = trust > 0 ? trust * vectorBackground.standardized(row.evidence.vectorScore) : 0
            let word = trust < 1 ? (1 - trust) * wordBackground.standardized(row.evidence.keywordScore) : 0
            return vector + word
        }
    }
}
