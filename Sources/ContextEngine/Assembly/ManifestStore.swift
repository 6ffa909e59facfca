package import ContextCore
package import SQL

/// Manifests as the database keeps them.
package enum ManifestStore {
    package static func save(
        _ manifest: ContextManifest,
        for principal: Principal,
        at now: Timestamp,
        on connection: DatabaseConnection
    ) async throws {
        try await connection.execute(
            """
            INSERT INTO manifest (id, scope, subject, created_at, body)
            VALUES (\(manifest.id), \(principal.home.path), \(principal.subject), \(now.milliseconds),
                \(try StoredJSON.encode(manifest)))
            """
        )
    }

    /// Writes anew what became known later.
    package static func update(_ manifest: ContextManifest, on connection: DatabaseConnection) async throws {
        try await connection.execute(
            "UPDATE manifest SET body = \(try StoredJSON.encode(manifest)) WHERE id = \(manifest.id)"
        )
    }

    /// - Parameter number: of the first message whose manifest goes.
    static func deleteManifests(
        ofConversation id: String,
        from number: Int = 0,
        on connection: DatabaseConnection
    ) async throws {
        try await connection.execute(
            """
            DELETE FROM manifest WHERE id IN
                (SELECT manifest FROM message WHERE conversation = \(id) AND number >= \(number))
            """
        )
    }

    /// `nil` also for a manifest of somebody else.
    package static func manifest(
        _ id: String,
        for principal: Principal,
        on connection: DatabaseConnection
    ) async throws -> ContextManifest? {
        guard
            let row = try await connection.query("SELECT scope, subject, body FROM manifest WHERE id = \(id)").first
        else { return nil }
        let (scope, subject, body) = try row.decode(String.self, String.self, String.self)
        guard subject == principal.subject, let home = Scope(path: scope), principal.canRead(home) else { return nil }
        return try StoredJSON.decode(ContextManifest.self, from: body)
    }

    /// For who may read the message that the manifest accounts for.
    static func manifest(ofMessageWith id: String, on connection: DatabaseConnection) async throws -> ContextManifest? {
        try await connection.query("SELECT body FROM manifest WHERE id = \(id)").first.map { row in
            try StoredJSON.decode(ContextManifest.self, from: try row.decode(String.self))
        }
    }

    package static func sweep(before moment: Timestamp, on connection: DatabaseConnection) async throws -> Int {
        try await connection.execute("DELETE FROM manifest WHERE created_at <= \(moment.milliseconds)")
    }
}
