/// What is looked for: terms as the index keeps them, each with its weight.
package struct KeywordQuery: Sendable, Equatable {
    package struct Term: Sendable, Equatable {
        package let text: String
        /// The sum of its occurrences in the query.
        package internal(set) var weight: Float

        package init(_ text: String, weight: Float = 1) {
            self.text = text
            self.weight = weight
        }
    }

    /// In the order of the query, all weights positive.
    package let terms: [Term]

    /// Leaves out terms whose weight is not positive: they could not make a passage a match.
    package init(terms: [Term]) {
        self.terms = terms.filter { $0.weight > 0 }
    }

    package var isEmpty: Bool { terms.isEmpty }
}

/// How a query's terms weigh beside its plain words, which weigh 1.
package struct KeywordQueryConfiguration: Sendable {
    /// A name written together.
    ///
    /// Its parts are in the query anyhow; it only has to lift the passages with the exact name.
    package var wholeWeight: Float = 0.5
    /// A single Han character beside the pairs that it is part of.
    package var characterWeight: Float = 0.25
    /// Whether English function words are left out of queries that hold anything else.
    package var dropsStopWords = true

    package init() {}
}
