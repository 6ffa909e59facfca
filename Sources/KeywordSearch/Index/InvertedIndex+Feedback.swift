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
        weight: Float,
        among population: Population? = nil
    ) -> KeywordQuery {
        let model = relevanceModel(of: feedback, limit: limit, among: population ?? everyone)
        let mass = model.reduce(0) { $0 + $1.value }
        let total = query.terms.reduce(0) { $0 + $1.weight }
        guard mass > 0, total > 0 else { return query }
        var terms = query.terms.map { KeywordQuery.Term($0.text, weight: (1 - weight) * $0.weight / total) }
        var places = Dictionary(terms.enumerated().map { ($1.text, $0) }) { first, _ in first }
        for (term, value) in model {
            let text = self.terms.string(of: term)
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

    /// The `limit` terms of the largest e(t), largest first, equal ones by number.
    ///
    /// A saturated frequency is below 1, so Σ share · idf bounds e(t): what can't get in is not looked up in its list. That
    /// spares the common terms, whose lists are the long ones.
    private func relevanceModel(
        of feedback: [Feedback],
        limit: Int,
        among population: Population
    ) -> [(term: Int, value: Float)] {
        var model: [(term: Int, value: Float)] = []
        guard limit > 0 else { return model }
        forEachTerm(of: feedback) { term, holders in
            let idf = idf(of: term, among: population)
            let bound = holders.reduce(0) { $0 + feedback[$1].share * idf }
            guard model.count < limit || bound > model[limit - 1].value else { return }
            let value = holders.reduce(Float(0)) { sum, holder in
                let slot = feedback[holder].slot
                guard let posting = lists[term].posting(in: slot) else { return sum }
                return sum + feedback[holder].share * idf * saturation(posting.frequency, in: slot, among: population)
            }
            let place = model.firstIndex { $0.value < value } ?? model.count
            guard place < limit else { return }
            if model.count == limit { model.removeLast() }
            model.insert((term, value), at: place)
        }
        return model
    }

    /// Calls `body` once for each term of the passages, ascending, with the places in `feedback` that hold it, ascending.
    private func forEachTerm(of feedback: [Feedback], _ body: (_ term: Int, _ holders: ArraySlice<Int>) -> Void) {
        var terms: [Int] = []
        for (place, passage) in feedback.enumerated() where contains(passage.slot) {
            for term in termLists[Int(passage.slot)].terms { terms.append(term << 32 | place) }
        }
        terms.sort()
        let holders = terms.map { $0 & 0xFFFF_FFFF }
        var start = 0
        while start < terms.count {
            let term = terms[start] >> 32
            var end = start + 1
            while end < terms.count, terms[end] >> 32 == term { end += 1 }
            body(term, holders[start..<end])
            start = end
        }
    }

    /// What a text that is not in the index would score, with the index's statistics.
    package func score(of text: AnalyzedText, for query: KeywordQuery) -> Float {
        let population = everyone
        return query.terms.reduce(0) { sum, term in
            guard let number = terms.find(term.text), let own = text.terms.find(term.text) else { return sum }
            return sum + term.weight * idf(of: number, among: population)
                * saturation(UInt32(text.frequencies[own]), length: Float(text.length), among: population)
        }
    }
}
