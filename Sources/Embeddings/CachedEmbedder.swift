internal import Synchronization

/// The local embedder behind what it has embedded before.
///
/// Passages go through the cache on disk: indexing the same text again, in another document or after a restart, costs
/// no computation. Queries are remembered in memory only; they repeat within a session and are not worth a file.
package final class CachedEmbedder: Sendable {
    private let embedder: LocalEmbedder
    private let cache: EmbeddingCache?
    private let queries: Mutex<RecentVectors>

    /// - Parameter cache: `nil` keeps nothing on disk.
    package init(_ embedder: LocalEmbedder, cache: EmbeddingCache? = nil, recentQueries: Int = 1_024) {
        self.embedder = embedder
        self.cache = cache
        queries = Mutex(RecentVectors(capacity: recentQueries))
    }

    package var model: String { embedder.model }
    package var dimensions: Int { embedder.dimensions }
    package var windowTokens: Int { embedder.windowTokens }
    package var tokenizer: WordPieceTokenizer { embedder.tokenizer }

    /// `nil` for a text without a word piece, which means nothing.
    package func vector(for query: String) async throws -> [Float]? {
        try await vectors(for: [query])[0]
    }

    /// One vector a query, in order; those that are new are embedded in one batch.
    package func vectors(for texts: [String]) async throws -> [[Float]?] {
        let known = queries.withLock { queries in texts.map { queries[$0] } }
        let missing = texts.indices.filter { known[$0] == nil }
        guard !missing.isEmpty else { return known }
        var result = known
        let computed = try await embed(missing.map { texts[$0] }, through: nil)
        queries.withLock { queries in
            for (place, vector) in zip(missing, computed) {
                result[place] = vector
                if let vector { queries.insert(vector, for: texts[place]) }
            }
        }
        return result
    }

    /// One vector a text, in order, of which neither memory nor disk keeps anything.
    package func freshVectors(for texts: [String]) async throws -> [[Float]?] {
        try await embed(texts, through: nil)
    }

    /// One vector a text, in order; `nil` for a blank one.
    package func passageVectors(for texts: [String]) async throws -> [[Float]?] {
        try await embed(texts, through: cache)
    }

    /// One embedding a text, in order, with its account of tokens and windows; nothing of it is kept.
    ///
    /// - Throws: ``EmbeddingError``, also for a blank text; `CancellationError`.
    package func embeddings(of texts: [String]) async throws -> [Embedding] {
        try await embedder.embed(texts)
    }

    /// Batches that the model has computed since the start.
    package var batches: Int { embedder.batches }

    /// Word pieces of all requests that no thread has begun to compute.
    package var waitingTokens: Int { embedder.waitingTokens }

    private func embed(_ texts: [String], through cache: EmbeddingCache?) async throws -> [[Float]?] {
        let solid = texts.indices.filter { tokenizer.count(texts[$0]) > 0 }
        let solidTexts = solid.map { texts[$0] }
        let embeddings =
            if let cache {
                try await cache.embeddings(of: solidTexts) { try await self.embedder.embed($0) }
            } else {
                try await embedder.embed(solidTexts)
            }
        var result = [[Float]?](repeating: nil, count: texts.count)
        for (place, embedding) in zip(solid, embeddings) { result[place] = embedding.vector }
        return result
    }
}

/// The vectors of the last texts, in two generations: when the young one is full it becomes the old one, and what is
/// asked for again moves back up.
///
/// Amortised O(1), at most twice the capacity.
private struct RecentVectors {
    private var young: [String: [Float]] = [:]
    private var old: [String: [Float]] = [:]
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    subscript(text: String) -> [Float]? {
        mutating get {
            if let vector = young[text] { return vector }
            guard let vector = old[text] else { return nil }
            insert(vector, for: text)
            return vector
        }
    }

    mutating func insert(_ vector: [Float], for text: String) {
        if young.count >= capacity { (old, young) = (young, [:]) }
        young[text] = vector
    }
}
