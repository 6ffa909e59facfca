import KeywordSearch

extension PassageLibrary {
    /// How much each term tells passages apart: BM25's inverse document frequency over all passages.
    package func inverseDocumentFrequencies(of terms: some Sequence<String>) -> [String: Double] {
        index.withRead { index in
            let count = index.keywords.documentCount
            let pairs = terms.map { term in
                let frequency = index.keywords.documentFrequency(of: term)
                return (term, Double(index.keywords.ranking.idf(documentFrequency: frequency, documentCount: count)))
            }
            return Dictionary(pairs) { first, _ in first }
        }
    }
}
