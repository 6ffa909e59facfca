extension InvertedIndex {
    /// A query whose terms were looked up once, to be weighed in many passages.
    ///
    /// Belongs to the state of the index that it came from.
    package struct Lookup {
        fileprivate struct Term {
            /// Empty for a term that no passage holds.
            let postings: PostingList
            let weight: Float
            let idf: Float
        }

        fileprivate let terms: [Term]
        fileprivate let population: Population

        /// The inverse document frequencies of all terms, each as often as the query weighs it.
        fileprivate let information: Double
    }

    package func lookup(_ query: KeywordQuery, among population: Population? = nil) -> Lookup {
        let population = population ?? everyone
        let terms = query.terms.map { term in
            let number = self.terms.find(term.text)
            let frequency = number.map { documentFrequency(of: $0, among: population) } ?? 0
            return Lookup.Term(
                postings: number.map { lists[$0] } ?? PostingList(),
                weight: term.weight,
                idf: ranking.idf(documentFrequency: frequency, documentCount: population.documentCount)
            )
        }
        return Lookup(
            terms: terms,
            population: population,
            information: terms.reduce(0) { $0 + Double($1.weight) * Double($1.idf) }
        )
    }

    /// What ``search(_:limit:allowed:among:)`` gives the passage: 0 without a term of the query.
    package func score(of slot: UInt32, for query: Lookup) -> Float {
        query.terms.reduce(0) { sum, term in
            guard let posting = term.postings.posting(in: slot) else { return sum }
            return sum + term.weight * term.idf * saturation(posting.frequency, in: slot, among: query.population)
        }
    }

    /// The share of the query's information that the passage's words cover, 0 … 1.
    ///
    /// A word that no passage has counts in full: a question about something unknown is not half answered by its
    /// commonplace words.
    package func coverage(of query: Lookup, in slot: UInt32) -> Double {
        guard query.information > 0 else { return 0 }
        let covered = query.terms.reduce(0) { sum, term in
            term.postings.posting(in: slot) == nil ? sum : sum + Double(term.weight) * Double(term.idf)
        }
        return min(1, covered / query.information)
    }
}
