import ContextCore
import SQL

/// What probing found, as the database keeps it.
enum TrustStore {
    static func save(
        _ trust: CollectionTrust,
        for collection: Int64,
        by model: String,
        on connection: DatabaseConnection
    ) async throws {
        try await connection.execute(
            """
            INSERT OR REPLACE INTO collection_trust
                (collection, model, passages, probes, words_removed, words_kept, vectors_removed, vectors_kept)
            VALUES (\(collection), \(model), \(trust.passages), \(trust.probes), \(trust.words.removed),
                \(trust.words.kept), \(trust.vectors.removed), \(trust.vectors.kept))
            """
        )
    }

    /// Of one embedder: what another one deserves says nothing.
    static func all(by model: String, on connection: DatabaseConnection) async throws -> [Int64: CollectionTrust] {
        let rows = try await connection.query(
            """
            SELECT collection, passages, probes, words_removed, words_kept, vectors_removed, vectors_kept
            FROM collection_trust WHERE model = \(model)
            """
        )
        return Dictionary(uniqueKeysWithValues: try rows.map(decode))
    }

    private static func decode(_ row: Row) throws -> (Int64, CollectionTrust) {
        let (collection, passages, probes, wordsRemoved, wordsKept, vectorsRemoved, vectorsKept) = try row.decode(
            Int64.self,
            Int.self,
            Int.self,
            Double.self,
            Double.self,
            Double.self,
            Double.self
        )
        let trust = CollectionTrust(
            words: .init(removed: wordsRemoved, kept: wordsKept),
            vectors: .init(removed: vectorsRemoved, kept: vectorsKept),
            probes: probes,
            passages: passages
        )
        return (collection, trust)
    }
}
