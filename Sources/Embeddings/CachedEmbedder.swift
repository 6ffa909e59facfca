internal import Synchronization

/// Who makes the vectors of one model, behind what has been embedded before.
///
/// Passages go through the cache on disk: indexing the same text again, in another document or after a restart, costs
/// no computation. Queries are remembered in memory only; they repeat within a session and are not worth a file.
///
/// A provider proves with every request that it is still the same model: the request has one sentence more, whose vector is known.
/// So vectors of two models never meet, whatever happens to the model behind a name.
package final class CachedEmbedder: Sendable {
    package let identity: EmbeddingModel

    /// `nil` where nobody here can count as the model does.
    package let tokenizer: WordPieceTokenizer?
    private let makers: [Maker]
    private let cache: EmbeddingCache?
    private let queries: Mutex<RecentVectors>
    private let failure = Mutex<String?>(nil)

    /// - Parameters:
    ///   - makers: who makes the model's vectors, the preferred one first; the next is asked when one fails.
    ///   - cache: `nil` keeps nothing on disk.
    package init(
        _ identity: EmbeddingModel,
        makers: [Maker],
        tokenizer: WordPieceTokenizer? = nil,
        cache: EmbeddingCache? = nil,
        recentQueries: Int = 1_024
    ) {
        self.identity = identity
        self.makers = makers
        self.tokenizer = tokenizer
        self.cache = cache
        queries = Mutex(RecentVectors(capacity: recentQueries))
    }

    /// The local model.
    package convenience init(_ embedder: LocalEmbedder, cache: EmbeddingCache? = nil) {
        self.init(
            EmbeddingModel(id: embedder.model, name: embedder.model, dimensions: embedder.dimensions),
            makers: [Maker(embedder, provesItself: false)],
            tokenizer: embedder.tokenizer,
            cache: cache
        )
    }

    package var model: String { identity.id }
    package var dimensions: Int { identity.dimensions }

    /// Why the last request failed; `nil` when it did not.
    package var problem: String? { failure.withLock(\.self) }

    /// `nil` for a blank text, which means nothing.
    package func vector(for query: String) async throws -> [Float]? {
        try await vectors(for: [query])[0]
    }

    /// One vector a query, in order; those that are new are embedded in one batch.
    package func vectors(for texts: [String]) async throws -> [[Float]?] {
        let known = queries.withLock { queries in texts.map { queries[$0] } }
        let missing = texts.indices.filter { known[$0] == nil }
        guard !missing.isEmpty else { return known }
        var result = known
        let computed = try await freshVectors(for: missing.map { texts[$0] })
        queries.withLock { queries in
            for (place, vector) in zip(missing, computed) {
                result[place] = vector
                if let vector { queries.insert(vector, for: texts[place]) }
            }
        }
        return result
    }

    /// One vector a query, in order, of which neither memory nor disk keeps anything.
    package func freshVectors(for texts: [String]) async throws -> [[Float]?] {
        try await solid(texts) { try await embed($0, for: .query) }
    }

    /// One vector a text, in order; `nil` for a blank one.
    package func passageVectors(for texts: [String]) async throws -> [[Float]?] {
        try await solid(texts) { texts in
            guard let cache else { return try await embed(texts, for: .passage) }
            return try await cache.embeddings(of: texts) { try await self.embed($0, for: .passage) }
        }
    }

    /// One embedding a text, in order, with its account of tokens and windows; nothing of it is kept.
    ///
    /// - Throws: ``EmbeddingError``, also for a blank text; `CancellationError`.
    package func embeddings(of texts: [String]) async throws -> [Embedding] {
        if let blank = texts.firstIndex(where: isBlank) { throw EmbeddingError.blankText(index: blank) }
        return try await embed(texts, for: .passage)
    }

    package func isBlank(_ text: String) -> Bool { makers.first?.embedder.isBlank(text) ?? true }

    private func solid(_ texts: [String], _ embed: ([String]) async throws -> [Embedding]) async throws -> [[Float]?] {
        let solid = texts.indices.filter { !isBlank(texts[$0]) }
        var result = [[Float]?](repeating: nil, count: texts.count)
        for (place, embedding) in zip(solid, try await embed(solid.map { texts[$0] })) {
            result[place] = embedding.vector
        }
        return result
    }

    /// The first maker who can.
    private func embed(_ texts: [String], for purpose: EmbeddingPurpose) async throws -> [Embedding] {
        guard !texts.isEmpty else { return [] }
        var failures: [EmbeddingError] = []
        for maker in makers {
            do {
                let embeddings = try await maker.embed(texts, as: identity, for: purpose)
                failure.withLock { $0 = nil }
                return embeddings
            } catch let error as EmbeddingError where error.isProviders {
                failures.append(error)
            }
        }
        let error = failures.first ?? .modelUnavailable("nobody here makes the vectors of \(identity.name)")
        failure.withLock { $0 = "\(error)" }
        throw error
    }
}

extension CachedEmbedder {
    /// An embedder that makes the vectors of the model.
    package struct Maker: Sendable {
        package let embedder: any Embedder

        /// Whether another model may answer one day under the same name.
        private let provesItself: Bool

        package init(_ embedder: any Embedder, provesItself: Bool) {
            self.embedder = embedder
            self.provesItself = provesItself
        }

        /// The proof stands first: a provider that refuses every text refuses that one, and no text is blamed for it.
        fileprivate func embed(
            _ texts: [String],
            as model: EmbeddingModel,
            for purpose: EmbeddingPurpose
        ) async throws -> [Embedding] {
            guard provesItself else { return try await embedder.embed(texts, for: purpose) }
            do {
                let embeddings = try await embedder.embed([EmbeddingModel.sentences[0]] + texts, for: purpose)
                guard let proof = embeddings.first, model.recognizes(proof.vector) else {
                    throw EmbeddingError.modelChanged(model.name)
                }
                return Array(embeddings.dropFirst())
            } catch EmbeddingError.textRefused(EmbeddingModel.sentences[0], let reason) {
                throw EmbeddingError.providerUnusable(reason)
            }
        }
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
