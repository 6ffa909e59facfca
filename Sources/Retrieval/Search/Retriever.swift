package import ContextCore
package import Embeddings
package import KeywordSearch
package import SQL
import VectorSearch

/// Finds passages that a principal may see.
///
///     embed the query → select slots → search both halves → fuse → fetch the passages
package struct Retriever: Sendable {
    private let database: Database
    private let index: LiveIndex
    private let embedder: CachedEmbedder?
    private let analyzer: TextAnalyzer
    private let fusion: Fusion

    package init(
        database: Database,
        index: LiveIndex,
        embedder: CachedEmbedder?,
        analyzer: TextAnalyzer = TextAnalyzer(),
        fusion: Fusion = Fusion()
    ) {
        self.database = database
        self.index = index
        self.embedder = embedder
        self.analyzer = analyzer
        self.fusion = fusion
    }

    /// - Throws: ``ContextError`` when a vector search is asked for and there is no embedder, or the vector is unusable.
    package func search(_ query: RetrievalQuery, for principal: Principal) async throws -> SearchOutcome {
        var outcome = SearchOutcome()
        let vector = try await vector(for: query, &outcome)
        let words = query.mode == .vector ? nil : query.text.map(analyzer.query)
        let found = index.withRead { index in
            let selection = index.selection(
                in: query.collections.map(\.key),
                for: principal,
                filter: query.filter,
                excluding: query.excluding
            )
            let search = PassageIndex.Query(
                words: words,
                vector: vector,
                selection: selection,
                population: index.population(for: principal),
                mode: query.mode,
                limit: query.limit,
                trust: index.trust(in: query.collections.map(\.key))
            )
            return index.search(search, fusion: fusion)
        }
        let wanted = found.filter { hit in query.threshold.map { hit.score >= $0 } ?? true }
        outcome.belowThreshold = found.count - wanted.count
        outcome.hits = try await fetch(wanted, for: principal)
        return outcome
    }

    private func vector(for query: RetrievalQuery, _ outcome: inout SearchOutcome) async throws -> [Float]? {
        guard query.mode != .keyword else { return nil }
        if let vector = query.vector, index.model != nil { return try usable(vector) }
        guard let embedder else {
            guard query.mode == .hybrid else {
                throw ContextError(
                    .notConfigured,
                    "Vector search needs an embedding model, and none is installed. Run script/bootstrap, or use mode “keyword”.",
                    parameter: "mode"
                )
            }
            outcome.degraded = ["embeddings"]
            return nil
        }
        guard let text = query.text else { return nil }
        return try await embedder.vector(for: text)
    }

    /// A vector that can't be compared would find nothing, and nobody would know why.
    private func usable(_ vector: [Float]) throws(ContextError) -> [Float] {
        let dimension = index.withRead { $0.vectors.dimension }
        guard vector.count == dimension else {
            throw .invalid("vector", "Invalid dimensions: expected \(dimension), got \(vector.count).")
        }
        guard vector.allSatisfy(\.isFinite) else {
            throw .invalid("vector", "Invalid vector values: contains NaN or Infinity.")
        }
        guard vector.contains(where: { $0 != 0 }) else {
            throw .invalid("vector", "The vector has no direction: all its \(dimension) numbers are 0.")
        }
        return vector
    }

    /// The passages of the hits, in their order.
    ///
    /// What was deleted in the meantime is left out, and what the principal may not read cannot get this far: it is
    /// checked again all the same.
    private func fetch(_ hits: [IndexHit], for principal: Principal) async throws -> [SearchHit] {
        let passages = try await database.read { try await PassageStore.passages(keys: hits.map(\.key), on: $0) }
        let byKey = Dictionary(passages.map { ($0.key, $0) }) { first, _ in first }
        return hits.compactMap { hit in
            guard let passage = byKey[hit.key], principal.canRead(passage) else { return nil }
            return SearchHit(passage: passage, score: hit.score, evidence: hit.evidence)
        }
    }
}
