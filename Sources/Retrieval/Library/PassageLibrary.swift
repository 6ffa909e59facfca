package import ContextCore
package import Documents
package import Embeddings
import KeywordSearch
import Runtime
package import SQL

/// Passages in collections: kept, and found again.
///
/// The one door to this target for the layers above. Whatever takes a principal answers only from its scopes.
package final class PassageLibrary: Sendable {
    package let database: Database
    package let index: LiveIndex
    package let tokens: TokenCounter
    package let limits: PassageLimits

    /// `nil` while searches are on keywords alone.
    package let embedder: CachedEmbedder?
    let analyzer: TextAnalyzer
    let reader: DocumentReader

    /// Rung when a document was accepted.
    let uploads = Bell()
    private let retriever: Retriever

    package init(
        database: Database,
        index: LiveIndex,
        embedder: CachedEmbedder?,
        limits: PassageLimits = PassageLimits(),
        parser: DocumentParser = DocumentParser()
    ) {
        self.database = database
        self.index = index
        self.embedder = embedder
        self.limits = limits
        analyzer = TextAnalyzer()
        tokens = TokenCounter(embedder?.tokenizer)
        reader = DocumentReader(parser: parser, tokens: tokens, window: embedder?.windowTokens ?? Self.window)
        retriever = Retriever(database: database, index: index, embedder: embedder, analyzer: analyzer)
    }

    /// Tokens of a chunk where there is no embedder to ask: all-MiniLM-L6-v2's window without its two special tokens.
    private static let window = 254

    /// What of a document is too much.
    package var documentLimits: DocumentLimits { reader.limits }

    /// The embedder's name; `nil` while searches are on keywords alone.
    package var embedderName: String? { embedder?.model }

    package func search(_ query: RetrievalQuery, for principal: Principal) async throws -> SearchOutcome {
        try await retriever.search(query, for: principal)
    }

    /// One vector a query, in order; `nil` for each where there is no embedder.
    ///
    /// - Parameter isRemembered: whether the queries may stay in memory; those of a session may not outlive it.
    package func queryVectors(of queries: [String], isRemembered: Bool = true) async throws -> [[Float]?] {
        guard let embedder else { return queries.map { _ in nil } }
        return try await isRemembered ? embedder.vectors(for: queries) : embedder.freshVectors(for: queries)
    }
}

extension PassageLibrary {
    package func passages(keys: [Int64], for principal: Principal) async throws -> [Passage] {
        try await database.read { try await PassageStore.passages(keys: keys, on: $0) }
            .filter(principal.canRead)
    }

    /// The store keys of the passages with one of `ids` that the principal may read.
    package func keys(ids: [String], for principal: Principal) async throws -> [Int64] {
        guard !ids.isEmpty else { return [] }
        return try await database.read { try await PassageStore.keys(ids: ids, for: principal, on: $0) }
    }

    /// The chunks beside a chunk in its document; none for other passages.
    package func neighbours(of passage: Passage, reach: Int, for principal: Principal) async throws -> [Passage] {
        guard let chunk = passage.chunk else { return [] }
        return try await database.read { try await PassageStore.neighbours(of: chunk, reach: reach, on: $0) }
            .filter(principal.canRead)
    }

    /// Passages like those of `keys`: by their vectors, else by the words that set them apart.
    package func related(
        to keys: [Int64],
        in collections: [PassageCollection],
        filter: MetadataFilter? = nil,
        limit: Int,
        excluding: Set<Int64>,
        for principal: Principal
    ) async throws -> [Passage] {
        let found = index.withRead { index in
            let selection = index.selection(
                in: collections.map(\.key),
                for: principal,
                filter: filter,
                excluding: excluding
            )
            return index.related(
                to: keys,
                in: selection,
                among: index.population(for: principal),
                limit: limit
            )
        }
        let passages = try await passages(keys: found, for: principal)
        let places = Dictionary(found.enumerated().map { ($1, $0) }) { first, _ in first }
        return passages.sorted { places[$0.key, default: 0] < places[$1.key, default: 0] }
    }
}
