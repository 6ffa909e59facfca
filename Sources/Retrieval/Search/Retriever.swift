package import ContextCore
import Embeddings
package import KeywordSearch
package import SQL
import VectorSearch

/// Finds passages that a principal may see.
///
///     embed the query → select slots → search both halves → fuse → fetch the passages
package struct Retriever: Sendable {
    private let database: Database
    private let index: LiveIndex
    private let analyzer: TextAnalyzer
    private let fusion: Fusion

    package init(
        database: Database,
        index: LiveIndex,
        analyzer: TextAnalyzer = TextAnalyzer(),
        fusion: Fusion = Fusion()
    ) {
        self.database = database
        self.index = index
        self.analyzer = analyzer
        self.fusion = fusion
    }

    /// - Throws: ``ContextError`` when a vector search is asked for and there is no embedder, or the vector is unusable;
    ///   ``EmbeddingError`` when a vector search is asked for and the embedder fails.
    package func search(_ query: RetrievalQuery, for principal: Principal) async throws -> SearchOutcome {
        var outcome = SearchOutcome()
        let words = query.mode == .vector ? nil : query.text.map(analyzer.query)
        var found: [IndexHit]?
        while found == nil {
            let question = try await question(of: query)
            outcome.degraded = question.isDegraded ? ["embeddings"] : []
            found = try hits(of: query, words, question, for: principal)
        }
        let wanted = (found ?? []).filter { hit in query.threshold.map { hit.score >= $0 } ?? true }
        outcome.belowThreshold = (found ?? []).count - wanted.count
        outcome.hits = try await fetch(wanted, for: principal)
        return outcome
    }

    /// A query's vector, and whose it is.
    private struct Question {
        var vector: [Float]?

        /// The model that made the vector; `nil` for the caller's own.
        var model: String?

        /// Whether there should be a vector.
        var isDegraded = false
    }

    /// - Returns: `nil` when searches go by another model than the one that made the query's vector: they changed over in between.
    private func hits(
        of query: RetrievalQuery,
        _ words: KeywordQuery?,
        _ question: Question,
        for principal: Principal
    ) throws(ContextError) -> [IndexHit]? {
        try index.withRead { (index) throws(ContextError) -> [IndexHit]? in
            guard question.model == nil || question.model == index.model else { return nil }
            if question.model == nil, let vector = question.vector {
                try Self.check(vector, dimension: index.vectors.dimension)
            }
            let collections = query.collections.map(\.key)
            let search = PassageIndex.Query(
                words: words,
                vector: question.vector,
                selection: index.selection(
                    in: collections,
                    for: principal,
                    filter: query.filter,
                    excluding: query.excluding
                ),
                population: index.population(for: principal),
                mode: query.mode,
                limit: query.limit,
                trust: index.trust(in: collections)
            )
            return index.search(search, fusion: fusion)
        }
    }

    private func question(of query: RetrievalQuery) async throws -> Question {
        guard query.mode != .keyword else { return Question() }
        let (model, embedder) = index.withRead { ($0.model, $0.embedder) }
        if let vector = query.vector, model != nil { return Question(vector: vector) }
        guard let embedder else {
            guard query.mode == .hybrid else {
                let lack =
                    model == nil
                    ? "Vector search needs an embedding model, and none is installed. Run script/bootstrap"
                    : "The index has vectors of a model that this configuration does not reach. Configure it again"
                throw ContextError(.notConfigured, lack + ", or use mode “keyword”.", parameter: "mode")
            }
            return Question(isDegraded: true)
        }
        guard let text = query.text else { return Question() }
        do {
            let vector =
                try await query.isRemembered ? embedder.vector(for: text) : embedder.freshVectors(for: [text])[0]
            return Question(vector: vector, model: embedder.model)
        } catch let error as EmbeddingError where query.mode == .hybrid && error.leavesWords {
            return Question(isDegraded: true)
        }
    }

    /// A vector that can't be compared would find nothing, and nobody would know why.
    private static func check(_ vector: [Float], dimension: Int) throws(ContextError) {
        guard vector.count == dimension else {
            throw .invalid("vector", "Invalid dimensions: expected \(dimension), got \(vector.count).")
        }
        guard vector.allSatisfy(\.isFinite) else {
            throw .invalid("vector", "Invalid vector values: contains NaN or Infinity.")
        }
        guard vector.contains(where: { $0 != 0 }) else {
            throw .invalid("vector", "The vector has no direction: all its \(dimension) numbers are 0.")
        }
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
