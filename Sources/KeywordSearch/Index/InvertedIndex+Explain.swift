/// Why a passage has its score: one summand of BM25.
package struct TermContribution: Sendable, Equatable {
    package let term: String
    /// Weighted by field, at most 255.
    package let frequency: Int
    package let documentFrequency: Int
    package let idf: Float
    /// The summands of all terms add up to the score.
    package let contribution: Float
}

/// A term with what it says about a text, among the passages of an index.
package struct DistinctiveTerm: Sendable, Equatable {
    /// As the index keeps it.
    package let term: String
    /// As the text writes it (its first occurrence); the term itself where no text is at hand.
    package let surface: String
    /// Saturated term frequency times idf.
    package let weight: Float
}

extension InvertedIndex {
    /// The query's terms that the passage holds, in the order of the query; empty for a slot without passage.
    package func explain(_ slot: UInt32, _ query: KeywordQuery) -> [TermContribution] {
        guard contains(slot) else { return [] }
        let population = everyone
        return query.terms.compactMap { term in
            guard let number = terms.find(term.text), let posting = lists[number].posting(in: slot) else { return nil }
            let idf = idf(of: number, among: population)
            return TermContribution(
                term: term.text,
                frequency: Int(posting.frequency),
                documentFrequency: lists[number].count,
                idf: idf,
                contribution: term.weight * idf * saturation(posting.frequency, in: slot, among: population)
            )
        }
    }

    /// The terms that tell these passages from the others, best first.
    ///
    /// A passage's share of a term is saturated as in BM25, so that the terms of several passages win over the repeated
    /// ones of a single passage.
    package func distinctiveTerms(
        of slots: some Sequence<UInt32>,
        limit: Int,
        among population: Population? = nil
    ) -> [DistinctiveTerm] {
        let population = population ?? everyone
        var weights: [Int: Float] = [:]
        for slot in slots where contains(slot) {
            for term in termLists[Int(slot)].terms {
                guard let posting = lists[term].posting(in: slot) else { continue }
                let saturation = saturation(posting.frequency, in: slot, among: population)
                weights[term, default: 0] += idf(of: term, among: population) * saturation
            }
        }
        let found = weights.map { term, weight in
            let text = terms.string(of: term)
            return DistinctiveTerm(term: text, surface: text, weight: weight)
        }
        return Self.best(found, limit)
    }

    /// The words of a text that tell it from the passages of this index, best first, in the text's own spelling.
    ///
    /// Only words that some passage holds: whatever is made of them finds something. No function words, no wholes.
    package func distinctiveTerms(
        of text: String,
        by analyzer: TextAnalyzer,
        limit: Int,
        among population: Population? = nil
    ) -> [DistinctiveTerm] {
        let population = population ?? everyone
        var found: [String: (surface: String, count: Float)] = [:]
        let bytes = text.utf8
        analyzer.forEachTerm(in: text) { term, word in
            guard word.role.counts, !(word.isLatin && StopWords.contains(word.bytes)) else { return }
            let key = String(decoding: term, as: UTF8.self)
            if (found[key]?.count += 1) == nil {
                let start = bytes.index(bytes.startIndex, offsetBy: word.source.lowerBound)
                let end = bytes.index(start, offsetBy: word.source.count)
                found[key] = (String(decoding: bytes[start..<end], as: UTF8.self), 1)
            }
        }
        let weighted = found.compactMap { term, occurrence -> DistinctiveTerm? in
            guard let number = terms.find(term), documentFrequency(of: number, among: population) > 0 else {
                return nil
            }
            let weight = idf(of: number, among: population) * occurrence.count / (occurrence.count + ranking.k1)
            return DistinctiveTerm(term: term, surface: occurrence.surface, weight: weight)
        }
        return Self.best(weighted, limit)
    }

    func saturation(_ frequency: UInt32, in slot: UInt32, among population: Population) -> Float {
        saturation(frequency, length: lengths[Int(slot)], among: population)
    }

    func saturation(_ frequency: UInt32, length: Float, among population: Population) -> Float {
        let frequency = Float(frequency)
        let norm = lengthNorm(population)
        return frequency / (frequency + norm.base + norm.perWord * length)
    }

    private static func best(_ terms: [DistinctiveTerm], _ limit: Int) -> [DistinctiveTerm] {
        let sorted = terms.sorted { $0.weight > $1.weight || ($0.weight == $1.weight && $0.term < $1.term) }
        return Array(sorted.prefix(max(limit, 0)))
    }
}
