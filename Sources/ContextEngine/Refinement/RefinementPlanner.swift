package import ContextCore
package import Retrieval

/// Turns gaps into queries that are worth asking.
///
/// Every query is tried before it is suggested: what it finds that the session was not sent in full decides its place,
/// and one that finds nothing new is dropped.
package struct RefinementPlanner: Sendable {
    private let library: PassageLibrary
    private let configuration: ContextConfiguration

    package init(library: PassageLibrary, configuration: ContextConfiguration) {
        self.library = library
        self.configuration = configuration
    }

    package struct Plan: Sendable {
        /// Best first, distinct, none asked before.
        package var queries: [String] = []

        /// How much of what is missing unsent passages answer, 0 … 1.
        package var gain = 0.0

        package var degraded: [String] = []
    }

    /// One query with what it would bring.
    private struct Prospect {
        let query: String

        /// Relevance-weighted tokens of unsent text.
        let value: Double

        /// Relevance of the best unsent passage, 0 … 1.
        let strength: Double
    }

    package func plan(
        for gaps: [String],
        in session: ContextSession,
        collections: [PassageCollection],
        for principal: Principal
    ) async throws -> Plan {
        var topics = TopicSet(session.queries)
        let queries = try await openQueries(gaps, session, collections, principal).filter { topics.insert($0) }
        var plan = Plan()
        var prospects: [Prospect] = []
        try await library.prepare(queries)
        for query in queries {
            let search = RetrievalQuery(
                query,
                in: collections,
                limit: Self.depth,
                excluding: session.delivered.exhausted
            )
            let outcome = try await library.search(search, for: principal)
            plan.degraded = outcome.degraded
            prospects.append(prospect(of: query, outcome.hits))
        }
        let useful = prospects.filter { $0.value > 0 }.sorted { ($0.value, $1.query) > ($1.value, $0.query) }
        plan.queries = useful.prefix(configuration.gapQueries).map(\.query)
        let asked = gaps.isEmpty ? prospects.count : gaps.count
        plan.gain = asked == 0 ? 0 : prospects.reduce(0) { $0 + $1.strength } / Double(asked)
        return plan
    }

    /// A query for each gap.
    ///
    /// Where none is named, the topics of what the last query still leaves unsent.
    private func openQueries(
        _ gaps: [String],
        _ session: ContextSession,
        _ collections: [PassageCollection],
        _ principal: Principal
    ) async throws -> [String] {
        guard gaps.isEmpty else {
            let query = session.queries.first ?? ""
            let sent = session.delivered.sent
            let terms = library.subjectTerms(of: query, answeredBy: sent, limit: Self.subjectTerms, for: principal)
            let subject = GapQuery.subject(of: query, distinctive: terms)
            return gaps.compactMap { GapQuery.query(for: $0, subject: subject) }
        }
        guard let query = session.queries.last else { return [] }
        let search = RetrievalQuery(query, in: collections, limit: Self.depth, excluding: session.delivered.exhausted)
        let hits = try await library.search(search, for: principal).hits
        return hits.filter { configuration.relevance.accept($0.evidence) }.map(\.passage.topic)
    }

    /// Passages of one query that are weighed; more would not be read anyway.
    private static let depth = 10

    /// Words of the session's query among which its subject is looked for.
    private static let subjectTerms = 8

    private func prospect(of query: String, _ hits: [SearchHit]) -> Prospect {
        let relevant = hits.filter { configuration.relevance.accept($0.evidence) }
        let strengths = relevant.map { configuration.relevance.strength(of: $0.evidence) }
        let value = zip(relevant, strengths).reduce(0) { sum, pair in
            sum + (0.1 + pair.1) * Double(library.tokens.count(pair.0.passage.text))
        }
        return Prospect(query: query, value: value, strength: strengths.max() ?? 0)
    }
}
