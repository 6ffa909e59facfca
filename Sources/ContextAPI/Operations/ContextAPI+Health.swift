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
            let library = engine.library
            let state = library.embeddingState
            let report = Readiness(
                status: "ready",
                embeddings: library.embedderName ?? "none: searching on keywords alone",
                passages: library.index.count,
                degraded: library.isDegraded ? ["embeddings"] : [],
                lag: max(0, stored - library.index.revision),
                change: state.change,
                waiting: state.waiting.isEmpty ? nil : state.waiting
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

        /// What searches will go by next.
        let change: EmbeddingState.Change?

        /// What has to wait for an embedder, and why.
        let waiting: [String]?

        private enum CodingKeys: String, CodingKey {
            case status, embeddings, passages, degraded, lag, waiting
            case change = "embedding_change"
        }
    }

    func exposition() -> HTTPResponse {
        metrics.gauge("roost_passages", "Passages in the index.").set(engine.library.index.count)
        metrics.gauge("roost_embedding_change_missing", "Passages that the next embedder has yet to embed.")
            .set(engine.library.embeddingState.change?.missing ?? 0)
        return .text(metrics.exposition(), contentType: Metrics.contentType)
    }
}
