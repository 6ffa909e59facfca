package import ContextCore
package import SQL

/// What remote models reported about their answers.
///
/// Every report is kept: it is training data.
package enum FeedbackStore {
    package struct Report: Sendable {
        package var session: String
        package var scope: Scope
        package var subject: String
        package var at: Timestamp
        package var turn: Int
        package var query: String
        package var manifestID: String?
        package var response: String
        package var confidence: Double
        package var gaps: [String]
        package var suggested: [String]

        /// Before calibration, so that what was learned does not feed on itself.
        package var estimate: Double
        package var metadata: JSONValue
    }

    package static func append(_ report: Report, on connection: DatabaseConnection) async throws {
        try await connection.execute(
            """
            INSERT INTO feedback (session, scope, subject, at, turn, query, manifest, response, confidence, gaps, suggested,
                estimate, metadata)
            VALUES (\(report.session), \(report.scope.path), \(report.subject), \(report.at.milliseconds), \(report.turn),
                \(report.query), \(report.manifestID), \(report.response), \(report.confidence),
                \(try StoredJSON.encode(report.gaps)), \(try StoredJSON.encode(report.suggested)), \(report.estimate),
                \(report.metadata.description))
            """
        )
    }

    /// The first report behind `key`, with its own key.
    package static func report(
        after key: Int64,
        since moment: Timestamp?,
        on connection: DatabaseConnection
    ) async throws -> (key: Int64, report: Report)? {
        try await connection.query(
            """
            SELECT key, session, scope, subject, at, turn, query, manifest, response, confidence, gaps, suggested, estimate,
                metadata
            FROM feedback WHERE key > \(key) AND at >= \(moment?.milliseconds ?? 0) ORDER BY key LIMIT 1
            """
        ).first.map(decode)
    }

    package static func report(_ key: Int64, on connection: DatabaseConnection) async throws -> Report? {
        let found = try await report(after: key - 1, since: nil, on: connection)
        return found?.key == key ? found?.report : nil
    }

    /// What was estimated and what came: each report that a later one of the same session follows, newest `limit`.
    package static func refinements(
        limit: Int,
        on connection: DatabaseConnection
    ) async throws -> [ConfidenceCalibration.Refinement] {
        try await connection.query(
            """
            SELECT estimate, next - confidence FROM (
                SELECT key, estimate, confidence, LEAD(confidence) OVER (PARTITION BY session ORDER BY key) AS next
                FROM (SELECT key, session, estimate, confidence FROM feedback ORDER BY key DESC LIMIT \(limit)))
            WHERE next IS NOT NULL AND estimate > 0
            """
        ).map {
            let (estimate, change) = try $0.decode(Double.self, Double.self)
            return ConfidenceCalibration.Refinement(estimate: estimate, change: change)
        }
    }

    private static func decode(_ row: Row) throws -> (key: Int64, report: Report) {
        let (
            key, session, scope, subject, at, turn, query, manifest, response, confidence, gaps, suggested, estimate,
            metadata
        ) =
            try row.decode(
                Int64.self,
                String.self,
                String.self,
                String.self,
                Int64.self,
                Int.self,
                String.self,
                String?.self,
                String.self,
                Double.self,
                String.self,
                String.self,
                Double.self,
                String.self
            )
        let report = Report(
            session: session,
            scope: try StoredJSON.required(Scope(path: scope), "scope", scope),
            subject: subject,
            at: Timestamp(milliseconds: at),
            turn: turn,
            query: query,
            manifestID: manifest,
            response: response,
            confidence: confidence,
            gaps: try StoredJSON.decode([String].self, from: gaps),
            suggested: try StoredJSON.decode([String].self, from: suggested),
            estimate: estimate,
            metadata: try StoredJSON.decode(JSONValue.self, from: metadata)
        )
        return (key, report)
    }
}
