package import ContextCore
import KeywordSearch

extension PassageLibrary {
    /// How much each term tells passages apart: BM25's inverse document frequency over what the principal may read.
    package func inverseDocumentFrequencies(
        of terms: some Sequence<String>,
        for principal: Principal
    ) -> [String: Double] {
        index.withRead { index in
            let population = index.population(for: principal) ?? index.keywords.everyone
            let count = population.documentCount
            let pairs = terms.map { term in
                let frequency = index.keywords.documentFrequency(of: term, among: population)
                return (term, Double(index.keywords.ranking.idf(documentFrequency: frequency, documentCount: count)))
            }
            return Dictionary(pairs) { first, _ in first }
        }
    }
}

extension PassageLibrary {
    /// The words of `text` that say what it is about, in its own spelling, best first.
    ///
    /// A rare word is not a subject: in “events arrive all at once behind nginx” *arrive* is rarer than *nginx*. What the text's
    /// answers agree on is: a word counts by its inverse document frequency times the square of the share of `keys`,
    /// passages that answer the text, which have it. Words that no answer has come last, by frequency alone.
    package func subjectTerms(
        of text: String,
        answeredBy keys: Set<Int64>,
        limit: Int,
        for principal: Principal
    ) -> [String] {
        index.withRead { index in
            let answers = keys.compactMap { index.slots[$0] }
            let terms = index.keywords.distinctiveTerms(
                of: text,
                by: analyzer,
                limit: .max,
                among: index.population(for: principal)
            )
            let ranked = terms.map { term in
                let query = KeywordQuery(terms: [KeywordQuery.Term(term.term)])
                let having = answers.count { !index.keywords.explain($0, query).isEmpty }
                let share = Float(having) / Float(max(1, answers.count))
                return (surface: term.surface, agreed: term.weight * share * share, alone: term.weight)
            }
            let best = ranked.sorted { ($0.agreed, $0.alone, $1.surface) > ($1.agreed, $1.alone, $0.surface) }
            return best.prefix(limit).map(\.surface)
        }
    }
}
