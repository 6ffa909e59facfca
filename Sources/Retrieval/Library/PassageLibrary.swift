package import ContextCore
package import Documents
package import Embeddings
import KeywordSearch
import Runtime
package import SQL
import Synchronization

/// Passages in collections: kept, and found again.
///
/// The one door to this target for the layers above. Whatever takes a principal answers only from its scopes.
package final class PassageLibrary: Sendable {
    package let database: Database
    package let index: LiveIndex
    package let tokens: TokenCounter
    package let limits: PassageLimits

    let embedding = Mutex(EmbeddingState())

    /// Rung when passages were written that lack their vectors.
    let vectorsWanted = Bell()
    let analyzer: TextAnalyzer
    let reader: DocumentReader

    /// Rung when a document was accepted.
    let uploads = Bell()
    private let retriever: Retriever

    package init(
        database: Database,
        index: LiveIndex,
        limits: PassageLimits = PassageLimits(),
        parser: DocumentParser = DocumentParser()
    ) {
        self.database = database
        self.index = index
        self.limits = limits
        analyzer = TextAnalyzer()
        tokens = TokenCounter(index.embedders.local?.tokenizer)
        reader = DocumentReader(
            parser: parser,
            tokens: tokens,
            window: index.embedders.window ?? Self.window,
            metadataBytes: limits.documentMetadataBytes
        )
        retriever = Retriever(database: database, index: index, analyzer: analyzer)
    }

    /// Tokens of a chunk where there is no embedder to ask: all-MiniLM-L6-v2's window without its two special tokens.
    private static let window = 254

    /// What of a document is too much.
    package var documentLimits: DocumentLimits { reader.limits }

    /// Who makes the vectors that searches go by; `nil` while they are on keywords alone.
    ///
    /// Not for comparing vectors with the index: by then another one may have taken its place.
    package var embedder: CachedEmbedder? { index.withRead { $0.embedder } }

    /// The model in this process, for vectors that are compared with each other and not with the index.
    package var localEmbedder: CachedEmbedder? { index.embedders.local }

    /// The embedder's name; `nil` while searches are on keywords alone.
    package var embedderName: String? { embedder?.identity.name }

    /// What is under way about vectors.
    package var embeddingState: EmbeddingState { embedding.withLock(\.self) }

    /// Whether a search by meaning would have to go by words now.
    package var isDegraded: Bool { embedder.map { $0.problem != nil } ?? true }

    package func search(_ query: RetrievalQuery, for principal: Principal) async throws -> SearchOutcome {
        try await retriever.search(query, for: principal)
    }

    /// Embeds queries that are searched for next, in one batch; what fails is left to the searches.
    package func prepare(_ queries: [String]) async throws {
        do {
            _ = try await embedder?.vectors(for: queries)
        } catch let error as EmbeddingError where error.leavesWords {}
    }

    /// One vector of the local model a text, in order; `nil` for each where it is not installed.
    ///
    /// - Parameter isRemembered: whether the texts may stay in memory; those of a session may not outlive it.
    package func localVectors(of texts: [String], isRemembered: Bool = true) async throws -> [[Float]?] {
        guard let localEmbedder else { return texts.map { _ in nil } }
        return try await isRemembered ? localEmbedder.vectors(for: texts) : localEmbedder.freshVectors(for: texts)
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
