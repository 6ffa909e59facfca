import ContextCore
import ContextEngine
import HTTP
import Retrieval
import Runtime
import SQL

extension ContextAPI {
    /// Alive: the process answers.
    ///
    /// Made once, because it is asked all the time.
    func health() -> HTTPResponse { Self.alive }

    private static let alive = HTTPResponse.json(Array(#"{"status":"ok","service":"roost"}"#.utf8))

    /// Ready: the database answers; what is degraded is named.
    func ready() async throws -> HTTPResponse {
        do {
            let stored = try await engine.library.database.read { try await PassageStore.revision(on: $0) }
            let report = Readiness(
                status: "ready",
                embeddings: engine.library.embedderName ?? "none: searching on keywords alone",
                passages: engine.library.index.count,
                degraded: engine.library.embedderName == nil ? ["embeddings"] : [],
                lag: max(0, stored - engine.library.index.revision)
            )
            return try .json(encoding: report)
        } catch {
            throw NotReady(reason: error)
        }
    }

    /// The database does not answer; the log says why.
    struct NotReady: Error {
        let reason: any Error
    }

    private struct Readiness: Encodable {
        let status: String
        let embeddings: String
        let passages: Int
        let degraded: [String]

        /// Changes of the database that the index has not followed yet.
        let lag: Int64
    }

    func exposition() -> HTTPResponse {
        metrics.gauge("roost_passages", "Passages in the index.").set(engine.library.index.count)
        return .text(metrics.exposition(), contentType: Metrics.contentType)
    }
}
