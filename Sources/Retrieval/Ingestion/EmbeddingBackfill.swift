import ContextCore
import Embeddings
package import Runtime
import SQL

/// Gives the passages their vectors that have none of the current model: those that were written while there was no
/// model, or by another one.
///
/// Searches find them by words in the meantime. It goes through the passages once by key; what is written while it runs
/// gets its vector from the writer.
package struct EmbeddingBackfill: Service {
    private let library: PassageLibrary
    private let embedder: CachedEmbedder
    private let batch: Int
    private let log: Log

    /// `nil` where there is no embedder.
    package init?(library: PassageLibrary, batch: Int, log: Log) {
        guard let embedder = library.embedder else { return nil }
        self.library = library
        self.embedder = embedder
        self.batch = max(1, batch)
        self.log = log
    }

    /// Looks again now and then: another process without a model may have written.
    package func run() async throws {
        let interval = Duration.seconds(30)
        await PeriodicWork("embedding what has no vector", log: log, pauseAfterError: interval).run {
            let count = try await embedMissing()
            if count > 0 { log.info("embedded passages that had no vector", ["passages": "\(count)"]) }
            return interval
        }
    }

    /// One pass; answers how many passages got a vector.
    package func embedMissing() async throws -> Int {
        var count = 0
        var last: Int64 = 0
        while true {
            let passages = try await library.database.read { [last] in
                try await PassageStore.unembedded(by: embedder.model, after: last, limit: batch, on: $0)
            }
            guard let end = passages.last else { return count }
            last = end.key
            count += try await embed(passages)
            try await library.index.catchUp()
        }
    }

    /// A passage that changed while its vector was computed is left to whoever changed it.
    private func embed(_ passages: [Passage]) async throws -> Int {
        let vectors = try await embedder.passageVectors(for: passages.map(\.text))
        return try await library.database.transaction { connection in
            let present = try await PassageStore.passages(keys: passages.map(\.key), on: connection)
            let current = Dictionary(present.map { ($0.key, $0.fields) }) { first, _ in first }
            var count = 0
            for (passage, vector) in zip(passages, vectors) {
                guard let vector, current[passage.key] == passage.fields else { continue }
                let embedded = PassageStore.EmbeddedVector(model: embedder.model, values: vector)
                try await PassageStore.store(embedded, for: passage.key, on: connection)
                count += 1
            }
            return count
        }
    }
}
