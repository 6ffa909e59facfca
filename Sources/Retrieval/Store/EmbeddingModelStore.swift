package import Embeddings
package import SQL

/// The models whose vectors the database holds or held, and the one that searches go by: the **live** one.
package enum EmbeddingModelStore {
    private static let columns: SQL = "SELECT id, name, dimensions, fingerprint FROM embedding_model"

    /// `nil` where nothing was ever embedded.
    package static func live(on connection: DatabaseConnection) async throws -> EmbeddingModel? {
        try await connection.query(columns + " WHERE is_live = 1").first.map(decode)
    }

    static func liveID(on connection: DatabaseConnection) async throws -> String? {
        try await connection.query("SELECT id FROM embedding_model WHERE is_live = 1").first.map {
            try $0.decode(String.self)
        }
    }

    /// The model as the database knows it: under the id that it has here already, where it shows the vectors of a known one.
    package static func register(
        _ model: EmbeddingModel,
        on connection: DatabaseConnection
    ) async throws -> EmbeddingModel {
        let known = try await connection.query(columns + " ORDER BY is_live DESC, id").map(decode)
        let own = known.first { $0.id == model.id }
        if let own, !own.fingerprint.isEmpty { return own }
        let same = known.first { $0.isSame(as: model) || $0.isInterchangeable(with: model) }
        if own == nil, let same { return same }
        try await connection.execute(
            """
            INSERT INTO embedding_model (id, name, dimensions, fingerprint)
            VALUES (\(model.id), \(model.name), \(model.dimensions), \(VectorBytes.encode(model.fingerprint)))
            ON CONFLICT (id) DO UPDATE SET fingerprint = excluded.fingerprint
            """
        )
        return model
    }

    /// - Parameter id: of a registered model.
    package static func setLive(_ id: String, on connection: DatabaseConnection) async throws {
        try await connection.execute("UPDATE embedding_model SET is_live = 0 WHERE is_live = 1")
        try await connection.execute("UPDATE embedding_model SET is_live = 1 WHERE id = \(id)")
    }

    /// How many vectors there are of each model that has some, of the live one first.
    package static func counts(on connection: DatabaseConnection) async throws -> [(name: String, count: Int)] {
        try await connection.query(
            """
            SELECT name, COUNT(*) FROM passage_vector JOIN embedding_model ON id = model
            GROUP BY id ORDER BY is_live DESC, name
            """
        ).map { try $0.decode(String.self, Int.self) }
    }

    /// Deletes some of the vectors that no search goes by; answers how many.
    static func deleteOthers(limit: Int, on connection: DatabaseConnection) async throws -> Int {
        try await connection.execute(
            """
            DELETE FROM passage_vector WHERE key IN (
                SELECT key FROM passage_vector
                WHERE model <> (SELECT id FROM embedding_model WHERE is_live = 1) LIMIT \(limit))
            """
        )
    }

    private static func decode(_ row: Row) throws -> EmbeddingModel {
        let (id, name, dimensions, fingerprint) = try row.decode(String.self, String.self, Int.self, [UInt8].self)
        return EmbeddingModel(
            id: id,
            name: name,
            dimensions: dimensions,
            fingerprint: VectorBytes.decode(fingerprint) ?? []
        )
    }
}
