package import ContextCore
import Runtime
package import SQL

/// The passages as the database keeps them.
package enum PassageStore {
    static let columns: SQL = """
        SELECT passage.key, passage.id, collection.name, collection.kind, passage.scope, passage.fields, passage.metadata,
            passage.document, passage.ordinal, passage.collection
        FROM passage JOIN collection ON collection.key = passage.collection
        """

    /// Those of `keys` that exist, in no particular order.
    package static func passages(keys: [Int64], on connection: DatabaseConnection) async throws -> [Passage] {
        guard !keys.isEmpty else { return [] }
        return try await connection.query(columns + " WHERE passage.key IN (\(list: keys))").map(decode)
    }

    package static func passage(
        id: String,
        in collection: PassageCollection,
        on connection: DatabaseConnection
    ) async throws -> Passage? {
        try await connection.query(
            columns + " WHERE passage.collection = \(collection.key) AND passage.id = \(id)"
        ).first.map(decode)
    }

    /// The keys of passages with one of `ids` that the principal may read, whatever their collection: ids are unique within
    /// a collection only.
    package static func keys(
        ids: [String],
        for principal: Principal,
        on connection: DatabaseConnection
    ) async throws -> [Int64] {
        guard !ids.isEmpty else { return [] }
        return try await connection.query("SELECT key, scope, collection FROM passage WHERE id IN (\(list: ids))")
            .compactMap {
                let (key, scope, collection) = try $0.decode(Int64.self, String.self, Int64.self)
                let isOpen = Scope(path: scope).map { principal.canRead($0, ofCollection: collection) }
                return isOpen == true ? key : nil
            }
    }

    /// The chunks beside `passage` in its document: at most `reach` on either side, in order.
    package static func neighbours(
        of chunk: Passage.Chunk,
        reach: Int,
        on connection: DatabaseConnection
    ) async throws -> [Passage] {
        try await connection.query(
            columns + """
                 WHERE passage.document = \(chunk.document) AND passage.ordinal BETWEEN \(chunk.ordinal - reach)
                    AND \(chunk.ordinal + reach) AND passage.ordinal <> \(chunk.ordinal) ORDER BY passage.ordinal
                """
        ).map(decode)
    }

    /// Calls `body` with every passage of a collection, oldest first.
    package static func forEach(
        in collection: PassageCollection,
        on connection: DatabaseConnection,
        _ body: (Passage) async throws -> Void
    ) async throws {
        try await connection.forEach(columns + " WHERE passage.collection = \(collection.key) ORDER BY passage.key") {
            try await body(decode($0))
        }
    }

    @discardableResult
    package static func delete(
        id: String,
        from collection: PassageCollection,
        on connection: DatabaseConnection
    ) async throws -> Bool {
        try await connection.execute(
            "DELETE FROM passage WHERE collection = \(collection.key) AND id = \(id)"
        ) > 0
    }

    /// Deletes the chunks of a document that it no longer has.
    package static func deleteChunks(
        of document: Int64,
        except kept: [String],
        on connection: DatabaseConnection
    ) async throws {
        let kept = Set(kept)
        let rows = try await connection.query("SELECT key, id FROM passage WHERE document = \(document)")
        let gone = try rows.map { try $0.decode(Int64.self, String.self) }.filter { !kept.contains($0.1) }
        for (key, _) in gone { try await connection.execute("DELETE FROM passage WHERE key = \(key)") }
    }

    static func decode(_ row: Row) throws -> Passage {
        let (key, id, collection, kind, scope, fields, metadata, document, ordinal, collectionKey) = try row.decode(
            Int64.self,
            String.self,
            String.self,
            String.self,
            String.self,
            String.self,
            String.self,
            Int64?.self,
            Int?.self,
            Int64.self
        )
        return Passage(
            id: id,
            key: key,
            collection: collection,
            collectionKey: collectionKey,
            kind: try StoredJSON.required(PassageKind(rawValue: kind), "passage kind", kind),
            scope: try StoredJSON.required(Scope(path: scope), "scope", scope),
            fields: try FlatObject.texts(of: fields) ?? StoredJSON.decode([String: String].self, from: fields),
            metadata: try FlatObject.value(of: metadata),
            chunk: document.flatMap { document in ordinal.map { Passage.Chunk(document: document, ordinal: $0) } }
        )
    }
}
