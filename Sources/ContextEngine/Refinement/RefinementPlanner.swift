package import ContextCore
package import Retrieval

/// Turns gaps into queries that are worth asking.
///
/// A gap has a query by the model, where there is one, and one by rule. Every query is tried before it is suggested, the
/// model's first: what it finds that the session was not sent in full decides its place, and a gap for which neither finds
/// anything new has none.
package struct RefinementPlanner: Sendable {
    private let library: PassageLibrary
    private let writer: QueryWriter
    private let configuration: ContextConfiguration

    package init(library: PassageLibrary, writer: QueryWriter, configuration: ContextConfiguration) {
        self.library = library
        self.writer = writer
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
        var plan = Plan()
        var prospects: [Prospect] = []
        let gapQueries = try await openQueries(gaps, session, collections, principal, &plan)
        try await library.prepare(gapQueries.joined().uniqued())
        var tried = 0
        for options in gapQueries {
            for query in options where topics.insert(query) {
                tried += 1
                let prospect = try await prospect(of: query, session, collections, principal, &plan)
                guard prospect.value > 0 else { continue }
                prospects.append(prospect)
                break
            }
        }
        let best = prospects.sorted { ($0.value, $1.query) > ($1.value, $0.query) }
        plan.queries = best.prefix(configuration.gapQueries).map(\.query)
        let asked = gaps.isEmpty ? tried : gaps.count
        plan.gain = asked == 0 ? 0 : prospects.reduce(0) { $0 + $1.strength } / Double(asked)
        return plan
    }

    /// What may be asked for each gap, what is tried first in front.
    ///
    /// Where none is named, the topics of what the last query still leaves unsent.
    private func openQueries(
        _ gaps: [String],
        _ session: ContextSession,
        _ collections: [PassageCollection],
        _ principal: Principal,
        _ plan: inout Plan
    ) async throws -> [[String]] {
        guard gaps.isEmpty else {
            let query = session.queries.first ?? ""
            let sent = session.delivered.sent
            let terms = library.subjectTerms(of: query, answeredBy: sent, limit: Self.subjectTerms, for: principal)
            let subject = GapQuery.subject(of: query, distinctive: terms)
            let written = try await writer.queries(
                for: gaps,
                about: query,
                asked: session.queries,
                for: principal.home.path
            )
            plan.degraded += written.degraded
            return gaps.enumerated().map { place, gap in
                let byModel = written.queries.indices.contains(place) ? written.queries[place] : nil
                return [byModel, GapQuery.query(for: gap, subject: subject)].compactMap(\.self)
            }
        }
        guard let query = session.queries.last else { return [] }
        let search = RetrievalQuery(query, in: collections, limit: Self.depth, excluding: session.delivered.exhausted)
        let hits = try await library.search(search, for: principal).hits
        return hits.filter { configuration.relevance.accept($0.evidence) }.map { [$0.passage.topic] }
    }

    /// Passages of one query that are weighed; more would not be read anyway.
    private static let depth = 10

    /// Words of the session's query among which its subject is looked for.
    private static let subjectTerms = 8

    /// What a query finds that the session was not sent in full.
    private func prospect(
        of query: String,
        _ session: ContextSession,
        _ collections: [PassageCollection],
        _ principal: Principal,
        _ plan: inout Plan
    ) async throws -> Prospect {
        let search = RetrievalQuery(
            query,
            in: collections,
            limit: Self.depth,
            excluding: session.delivered.exhausted
        )
        let outcome = try await library.search(search, for: principal)
        plan.degraded = (plan.degraded + outcome.degraded).uniqued()
        let relevant = outcome.hits.filter { configuration.relevance.accept($0.evidence) }
        let strengths = relevant.map { configuration.relevance.strength(of: $0.evidence) }
        let value = zip(relevant, strengths).reduce(0) { sum, pair in
            sum + (0.1 + pair.1) * Double(library.tokens.count(pair.0.passage.text))
        }
        return Prospect(query: query, value: value, strength: strengths.max() ?? 0)
    }
}
