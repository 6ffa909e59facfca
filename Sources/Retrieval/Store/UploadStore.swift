package import SQL

/// The bytes of documents that wait to be read: kept in the database, so that an accepted upload survives anything.
package enum UploadStore {
    package struct Upload: Sendable {
        package let document: Int64
        package let name: String
        package let contentType: String?
        package let body: [UInt8]

        /// How often reading it was begun and did not end as it should.
        package let attempts: Int

        package init(document: Int64, name: String, contentType: String?, body: [UInt8], attempts: Int = 0) {
            self.document = document
            self.name = name
            self.contentType = contentType
            self.body = body
            self.attempts = attempts
        }
    }

    package static func save(_ upload: Upload, on connection: DatabaseConnection) async throws {
        try await connection.execute(
            """
            INSERT INTO upload (document, name, content_type, body)
            VALUES (\(upload.document), \(upload.name), \(upload.contentType), \(upload.body))
            ON CONFLICT (document) DO UPDATE SET name = excluded.name, content_type = excluded.content_type,
                body = excluded.body, attempts = 0
            """
        )
    }

    /// The one that waits longest; those that were begun come after those that were not.
    ///
    /// - Parameter attempts: what was begun as often is left out: it is given up, or another process reads it.
    package static func next(before attempts: Int, on connection: DatabaseConnection) async throws -> Upload? {
        try await uploads("attempts < \(attempts)", on: connection)
    }

    /// One that was begun at least `attempts` times.
    package static func abandoned(after attempts: Int, on connection: DatabaseConnection) async throws -> Upload? {
        try await uploads("attempts >= \(attempts)", on: connection)
    }

    private static func uploads(_ condition: SQL, on connection: DatabaseConnection) async throws -> Upload? {
        try await connection.query(
            """
            SELECT upload.document, name, content_type, body, attempts
            FROM upload JOIN document ON document.key = upload.document
            WHERE document.status = \(StoredDocument.Status.queued.rawValue) AND
            """ + " " + condition + " ORDER BY attempts, upload.document LIMIT 1"
        )
        .first
        .map {
            let (document, name, contentType, body, attempts) = try $0.decode(
                Int64.self,
                String.self,
                String?.self,
                [UInt8].self,
                Int.self
            )
            return Upload(document: document, name: name, contentType: contentType, body: body, attempts: attempts)
        }
    }

    package static func noteAttempt(_ document: Int64, on connection: DatabaseConnection) async throws {
        try await connection.execute("UPDATE upload SET attempts = attempts + 1 WHERE document = \(document)")
    }

    /// Takes back an attempt that ended without a fault of the document.
    package static func forgetAttempt(_ document: Int64, on connection: DatabaseConnection) async throws {
        try await connection.execute(
            "UPDATE upload SET attempts = attempts - 1 WHERE document = \(document) AND attempts > 0"
        )
    }

    package static func delete(_ document: Int64, on connection: DatabaseConnection) async throws {
        try await connection.execute("DELETE FROM upload WHERE document = \(document)")
    }
}
