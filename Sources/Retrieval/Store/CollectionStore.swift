package import ContextCore
package import SQL

/// The collections as the database keeps them.
///
/// The methods take a connection, so that callers decide which of them share a transaction.
package enum CollectionStore {
    /// Creates the five collections of the contract where `scope` lacks them.
    ///
    /// Idempotent.
    package static func createBuiltIn(in scope: Scope, at now: Int64, on connection: DatabaseConnection) async throws {
        for (name, kind) in PassageCollection.builtIn {
            let draft = CollectionDraft(name: name, kind: kind)
            try await connection.execute(
                insertion(of: draft, in: scope, at: now) + " ON CONFLICT (scope, name) DO NOTHING"
            )
        }
    }

    /// - Throws: ``ContextError`` (conflict) where the scope has a collection of that name.
    package static func create(
        _ draft: CollectionDraft,
        in scope: Scope,
        at now: Int64,
        on connection: DatabaseConnection
    ) async throws -> PassageCollection {
        let rows = try await connection.query(
            insertion(of: draft, in: scope, at: now) + " ON CONFLICT (scope, name) DO NOTHING RETURNING key"
        )
        guard let row = rows.first else {
            throw ContextError(
                .conflict,
                "A collection “\(draft.name)” exists already. Choose another name, or delete it first.",
                parameter: "name"
            )
        }
        return PassageCollection(
            key: try row.decode(Int64.self),
            name: draft.name,
            kind: draft.kind,
            scope: scope,
            retention: draft.retention,
            metadata: draft.metadata
        )
    }

    /// Every collection in the principal's scopes, by name; the one nearest to home first where names meet.
    package static func all(
        readableBy principal: Principal,
        on connection: DatabaseConnection
    ) async throws -> [PassageCollection] {
        try await connection.query(
            "SELECT key, name, kind, scope, retention, metadata FROM collection ORDER BY name, key"
        )
        .map(decode)
        .filter(principal.canRead)
        .sorted { place($0, principal) < place($1, principal) }
    }

    /// The one nearest to home where several scopes have one of that name.
    package static func named(
        _ name: String,
        for principal: Principal,
        on connection: DatabaseConnection
    ) async throws -> PassageCollection? {
        try await connection.query(
            "SELECT key, name, kind, scope, retention, metadata FROM collection WHERE name = \(name) ORDER BY key"
        )
        .map(decode)
        .filter(principal.canRead)
        .min { place($0, principal) < place($1, principal) }
    }

    private static func place(_ collection: PassageCollection, _ principal: Principal) -> (String, Int, Int64) {
        (collection.name, principal.home.distance(to: collection.scope), collection.key)
    }

    package static func collection(_ key: Int64, on connection: DatabaseConnection) async throws -> PassageCollection? {
        try await connection.query(
            "SELECT key, name, kind, scope, retention, metadata FROM collection WHERE key = \(key)"
        ).first.map(decode)
    }

    /// Deletes the collection with its documents and passages, a built-in one only these; answers how many passages went.
    package static func delete(_ collection: PassageCollection, on connection: DatabaseConnection) async throws -> Int {
        let passages = try await connection.execute("DELETE FROM passage WHERE collection = \(collection.key)")
        try await connection.execute("DELETE FROM document WHERE collection = \(collection.key)")
        if !collection.isBuiltIn {
            try await connection.execute("DELETE FROM collection WHERE key = \(collection.key)")
        }
        return passages
    }

    private static func insertion(of draft: CollectionDraft, in scope: Scope, at now: Int64) throws -> SQL {
        """
        INSERT INTO collection (scope, name, kind, retention, metadata, created_at)
        VALUES (\(scope.path), \(draft.name), \(draft.kind.rawValue), \(try StoredJSON.encode(draft.retention)),
            \(draft.metadata.description), \(now))
        """
    }

    private static func decode(_ row: Row) throws -> PassageCollection {
        let (key, name, kind, scope, retention, metadata) = try row.decode(
            Int64.self,
            String.self,
            String.self,
            String.self,
            String.self,
            String.self
        )
        return PassageCollection(
            key: key,
            name: name,
            kind: try StoredJSON.required(PassageKind(rawValue: kind), "passage kind", kind),
            scope: try StoredJSON.required(Scope(path: scope), "scope", scope),
            retention: try StoredJSON.decode(Retention.self, from: retention),
            metadata: try FlatObject.value(of: metadata)
        )
    }
}
