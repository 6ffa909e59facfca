/// Queries that learn from what they found.
extension InvertedIndex {
    /// A passage that answers the query, with its share of the belief, 0 … 1.
    package struct Feedback: Sendable {
        package let slot: UInt32
        package let share: Float

        package init(slot: UInt32, share: Float) {
            self.slot = slot
            self.share = share
        }
    }

    /// The query with the terms that set the passages of `feedback` apart from the others mixed in.
    ///
    /// A relevance model in the manner of RM3 (Abdul-Jaleel et al., UMass at TREC 2004), with BM25's own weights for the
    /// probabilities of terms: e(t) = Σ share · idf · saturated tf over the feedback passages, of which the `limit`
    /// largest stay. The query's own terms keep 1 − `weight` of the mass, so that it still asks what it asked.
    package func expanded(
        _ query: KeywordQuery,
        by feedback: [Feedback],
        terms limit: Int,
        weight: Float
    ) -> KeywordQuery {
        let model = relevanceModel(of: feedback).sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(limit)
        let mass = model.reduce(0) { $0 + $1.value }
        let total = query.terms.reduce(0) { $0 + $1.weight }
        guard mass > 0, total > 0 else { return query }
        var terms = query.terms.map { KeywordQuery.Term($0.text, weight: (1 - weight) * $0.weight / total) }
        var places = Dictionary(terms.enumerated().map { ($1.text, $0) }) { first, _ in first }
        for (number, value) in model {
            let text = self.terms.string(of: number)
            let share = weight * value / mass
            if let place = places[text] {
                terms[place].weight += share
            } else {
                places[text] = terms.count
                terms.append(KeywordQuery.Term(text, weight: share))
            }
        }
        return KeywordQuery(terms: terms)
    }

    private func relevanceModel(of feedback: [Feedback]) -> [Int: Float] {
        var model: [Int: Float] = [:]
        for passage in feedback where contains(passage.slot) {
            for term in termLists[Int(passage.slot)].terms {
                guard let posting = lists[term].posting(in: passage.slot) else { continue }
                model[term, default: 0] +=
                    passage.share * idf(of: term) * saturation(posting.frequency, in: passage.slot)
            }
        }
        return model
    }

    /// What a text that is not in the index would score, with the index's statistics.
    package func score(of text: AnalyzedText, for query: KeywordQuery) -> Float {
        query.terms.reduce(0) { sum, term in
            guard let number = terms.find(term.text), let own = text.terms.find(term.text) else { return sum }
            return sum + term.weight * idf(of: number)
                * saturation(UInt32(text.frequencies[own]), length: Float(text.length))
        }
    }
}
