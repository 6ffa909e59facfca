import ContextCore
package import Embeddings
package import Runtime
import SQL

/// Gives the passages their vectors that have none of a model: those that were written while its embedder could not be reached, or
/// before there was one.
///
/// It goes through the passages once by key; what is written while it runs gets its vector from the writer, or in the next pass.
package struct EmbeddingBackfill {
    private let library: PassageLibrary
    private let embedder: CachedEmbedder
    private let batch: Int
    private let log: Log

    package init(library: PassageLibrary, embedder: CachedEmbedder, batch: Int, log: Log) {
        self.library = library
        self.embedder = embedder
        self.batch = max(1, batch)
        self.log = log
    }

    /// One pass; answers how many passages got a vector.
    ///
    /// - Parameter progress: told how many passages were done with each batch.
    /// - Throws: ``EmbeddingError``, with everything kept that was embedded before it.
    @discardableResult
    package func embedMissing(progress: (Int) -> Void = { _ in }) async throws -> Int {
        var count = 0
        var last: Int64 = 0
        while true {
            let passages = try await library.database.read { [last] in
                try await PassageStore.unembedded(by: embedder.model, after: last, limit: batch, on: $0)
            }
            guard let end = passages.last else { return count }
            last = end.key
            count += try await store(try await vectors(of: passages))
            progress(passages.count)
            if library.index.withRead({ $0.model }) == embedder.model { try await library.index.catchUp() }
        }
    }

    private typealias Embedded = (passage: Passage, values: [Float])

    /// A text that the provider refuses is given up, and does not hold up the others.
    private func vectors(of passages: [Passage]) async throws -> [Embedded] {
        var passages = passages
        var refused: [Passage] = []
        while true {
            do {
                let vectors = try await embedder.passageVectors(for: passages.map(\.text))
                return zip(passages, vectors).map { ($0, $1 ?? []) } + refused.map { ($0, []) }
            } catch EmbeddingError.textRefused(let text, let reason) {
                let blamed = passages.filter { $0.text == text }
                guard !blamed.isEmpty else { throw EmbeddingError.providerUnusable(reason) }
                for passage in blamed {
                    log.warning(
                        "a passage is searched by its words alone: its text is refused",
                        ["passage": passage.id, "model": embedder.identity.name, "reason": reason]
                    )
                }
                refused += blamed
                passages.removeAll { $0.text == text }
            }
        }
    }

    /// A passage that changed while its vector was computed is left to whoever changed it.
    private func store(_ embedded: [Embedded]) async throws -> Int {
        try await library.database.transaction { connection in
            let present = try await PassageStore.passages(keys: embedded.map(\.passage.key), on: connection)
            let current = Dictionary(present.map { ($0.key, $0.fields) }) { first, _ in first }
            var count = 0
            for (passage, values) in embedded where current[passage.key] == passage.fields {
                let vector = PassageStore.EmbeddedVector(model: embedder.model, values: values)
                try await PassageStore.store(vector, for: passage.key, on: connection)
                if !values.isEmpty { count += 1 }
            }
            return count
        }
    }
}
