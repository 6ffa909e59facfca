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

        /// The inverse document frequencies of all terms, each as often as the query weighs it.
        fileprivate let information: Double
    }

    package func lookup(_ query: KeywordQuery) -> Lookup {
        let terms = query.terms.map { term in
            let postings = self.terms.find(term.text).map { lists[$0] } ?? PostingList()
            let idf = ranking.idf(documentFrequency: postings.count, documentCount: documentCount)
            return Lookup.Term(postings: postings, weight: term.weight, idf: idf)
        }
        return Lookup(terms: terms, information: terms.reduce(0) { $0 + Double($1.weight) * Double($1.idf) })
    }

    /// What ``search(_:limit:allowed:)`` gives the passage: 0 without a term of the query.
    package func score(of slot: UInt32, for query: Lookup) -> Float {
        query.terms.reduce(0) { sum, term in
            guard let posting = term.postings.posting(in: slot) else { return sum }
            return sum + term.weight * term.idf * saturation(posting.frequency, in: slot)
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
