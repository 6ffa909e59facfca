package import ContextCore
package import SQL

/// What was uploaded or indexed, and how far it has come.
package struct StoredDocument: Sendable {
    package enum Status: String, Codable, Sendable {
        /// Kept, waiting to be parsed and embedded.
        case queued

        /// Its passages can be found.
        case ready

        /// Could not be parsed; the problem says why.
        case failed

        /// The collection has these bytes from another source already.
        ///
        /// They wait, and are read when that document changes or goes.
        case duplicate
    }

    package let key: Int64
    package let id: String
    package let collection: Int64
    package let scope: Scope
    package let source: String
    package let title: String?
    package let contentHash: [UInt8]
    package let bytes: Int
    package let modifiedAt: Int64?
    package let status: Status
    package let problem: String?
    package let warnings: [String]

    /// Passages that reading it made; 0 until then.
    package let passages: Int

    /// Those that are there now: its collection's capacity or time to live may have taken some, and while a new version is
    /// read or could not be read they are the old one's.
    package let presentPassages: Int
    package let metadata: JSONValue
    package let createdAt: Timestamp
    package let updatedAt: Timestamp
}

/// What is known of a document before it is parsed.
package struct DocumentDraft: Sendable {
    /// A path, a URL or a name: unique within the collection; indexing it again replaces the document.
    package var source: String
    package var contentHash: [UInt8]
    package var bytes: Int

    /// Of the file, milliseconds; with the size it tells an unchanged file without reading it.
    package var modifiedAt: Int64?
    package var title: String?
    package var metadata: JSONValue

    package init(
        source: String,
        contentHash: [UInt8],
        bytes: Int,
        modifiedAt: Int64? = nil,
        title: String? = nil,
        metadata: JSONValue = .emptyObject
    ) {
        self.source = source
        self.contentHash = contentHash
        self.bytes = bytes
        self.modifiedAt = modifiedAt
        self.title = title
        self.metadata = metadata
    }
}

/// The documents as the database keeps them.
package enum DocumentStore {
    private static let columns: SQL = """
        SELECT key, id, collection, scope, source, title, content_hash, bytes, modified_at, status, problem, warnings, passages,
            metadata, created_at, updated_at,
            (SELECT COUNT(*) FROM passage WHERE passage.document = document.key)
        FROM document
        """

    package static func document(id: String, on connection: DatabaseConnection) async throws -> StoredDocument? {
        try await connection.query(columns + " WHERE id = \(id)").first.map(decode)
    }

    package static func document(key: Int64, on connection: DatabaseConnection) async throws -> StoredDocument? {
        try await connection.query(columns + " WHERE key = \(key)").first.map(decode)
    }

    package static func document(
        from source: String,
        in collection: PassageCollection,
        on connection: DatabaseConnection
    ) async throws -> StoredDocument? {
        try await connection.query(
            columns + " WHERE collection = \(collection.key) AND source = \(source)"
        ).first.map(decode)
    }

    /// A document of the collection with the same bytes that is read or will be.
    package static func twin(
        of contentHash: [UInt8],
        in collection: PassageCollection,
        on connection: DatabaseConnection
    ) async throws -> StoredDocument? {
        try await connection.query(
            columns + """
                 WHERE collection = \(collection.key) AND content_hash = \(contentHash)
                    AND status IN (\(list: [StoredDocument.Status.queued, .ready].map(\.rawValue))) ORDER BY key LIMIT 1
                """
        ).first.map(decode)
    }

    /// The sources below a path, for finding files that are gone.
    package static func sources(
        under prefix: String,
        in collection: PassageCollection,
        on connection: DatabaseConnection
    ) async throws -> [(source: String, id: String)] {
        try await connection.query(
            """
            SELECT source, id FROM document
            WHERE collection = \(collection.key) AND substr(source, 1, \(prefix.unicodeScalars.count)) = \(prefix)
            """
        ).map { try $0.decode(String.self, String.self) }
    }

    /// Creates the document, or gives the one from the same source its new content; answers its key and id.
    package static func save(
        _ draft: DocumentDraft,
        _ outcome: Outcome,
        in collection: PassageCollection,
        at now: Int64,
        on connection: DatabaseConnection
    ) async throws -> (key: Int64, id: String) {
        let rows = try await connection.query(
            """
            INSERT INTO document (id, collection, scope, source, title, content_hash, bytes, modified_at, status, problem,
                warnings, passages, metadata, created_at, updated_at)
            VALUES (\(Identifier.random("d_")), \(collection.key), \(collection.scope.path), \(draft.source),
                \(outcome.title ?? draft.title), \(draft.contentHash), \(draft.bytes), \(draft.modifiedAt),
                \(outcome.status.rawValue), \(outcome.problem), \(try StoredJSON.encode(outcome.warnings)),
                \(outcome.passages), \(draft.metadata.description), \(now), \(now))
            ON CONFLICT (collection, source) DO UPDATE SET title = excluded.title, content_hash = excluded.content_hash,
                bytes = excluded.bytes, modified_at = excluded.modified_at, status = excluded.status,
                problem = excluded.problem, warnings = excluded.warnings, passages = excluded.passages,
                metadata = excluded.metadata, updated_at = excluded.updated_at
            RETURNING key, id
            """
        )
        guard let row = rows.first else { throw StoredJSON.Unreadable(what: "a document that was just written") }
        return try row.decode(Int64.self, String.self)
    }

    /// What reading a document came to.
    package struct Outcome: Sendable {
        package var status: StoredDocument.Status
        package var title: String?
        package var problem: String?
        package var warnings: [String] = []
        package var passages = 0

        package init(_ status: StoredDocument.Status) {
            self.status = status
        }
    }

    /// Notes that an unchanged file was touched.
    package static func touch(_ key: Int64, modifiedAt: Int64?, on connection: DatabaseConnection) async throws {
        try await connection.execute("UPDATE document SET modified_at = \(modifiedAt) WHERE key = \(key)")
    }

    /// Begins the time of documents anew that were found unchanged, with their passages', where the collection has one.
    package static func renew(
        _ keys: [Int64],
        in collection: PassageCollection,
        at now: Int64,
        on connection: DatabaseConnection
    ) async throws {
        guard case .timeToLive = collection.retention else { return }
        for key in keys {
            try await connection.execute(
                "UPDATE document SET updated_at = \(now) WHERE key = \(key) AND updated_at < \(now)"
            )
            try await connection.execute(
                "UPDATE passage SET updated_at = \(now) WHERE document = \(key) AND updated_at < \(now)"
            )
        }
    }

    /// Of each text whose document was changed, deleted or could not be read, lets the oldest duplicate be read in its place.
    package static func wakeDuplicates(in collection: Int64, on connection: DatabaseConnection) async throws {
        try await connection.execute(
            """
            UPDATE document SET status = \(StoredDocument.Status.queued.rawValue) WHERE key IN (
                SELECT MIN(key) FROM document AS waiting
                WHERE collection = \(collection) AND status = \(StoredDocument.Status.duplicate.rawValue)
                    AND NOT EXISTS (
                        SELECT 1 FROM document AS original
                        WHERE original.collection = waiting.collection
                            AND original.content_hash = waiting.content_hash
                            AND original.status IN (\(list: [StoredDocument.Status.queued, .ready].map(\.rawValue))))
                GROUP BY content_hash)
            """
        )
    }

    /// Deletes the document with its passages; answers how many went.
    package static func delete(_ document: StoredDocument, on connection: DatabaseConnection) async throws -> Int {
        let passages = try await connection.execute("DELETE FROM passage WHERE document = \(document.key)")
        try await connection.execute("DELETE FROM document WHERE key = \(document.key)")
        try await wakeDuplicates(in: document.collection, on: connection)
        return passages
    }

    private static func decode(_ row: Row) throws -> StoredDocument {
        let (
            key, id, collection, scope, source, title, hash, bytes, modified, status, problem, warnings, passages,
            metadata,
            created, updated, present
        ) = try row.decode(
            Int64.self,
            String.self,
            Int64.self,
            String.self,
            String.self,
            String?.self,
            [UInt8].self,
            Int.self,
            Int64?.self,
            String.self,
            String?.self,
            String.self,
            Int.self,
            String.self,
            Int64.self,
            Int64.self,
            Int.self
        )
        return StoredDocument(
            key: key,
            id: id,
            collection: collection,
            scope: try StoredJSON.required(Scope(path: scope), "scope", scope),
            source: source,
            title: title,
            contentHash: hash,
            bytes: bytes,
            modifiedAt: modified,
            status: try StoredJSON.required(StoredDocument.Status(rawValue: status), "status", status),
            problem: problem,
            warnings: try StoredJSON.decode([String].self, from: warnings),
            passages: passages,
            presentPassages: present,
            metadata: try StoredJSON.decode(JSONValue.self, from: metadata),
            createdAt: Timestamp(milliseconds: created),
            updatedAt: Timestamp(milliseconds: updated)
        )
    }
}
