package import SQL

/// The bytes of documents that wait to be read: kept in the database, so that an accepted upload survives anything.
package enum UploadStore {
    package struct Upload: Sendable {
        package let document: Int64
        package let name: String
        package let contentType: String?
        package let body: [UInt8]

        package init(document: Int64, name: String, contentType: String?, body: [UInt8]) {
            self.document = document
            self.name = name
            self.contentType = contentType
            self.body = body
        }
    }

    package static func save(_ upload: Upload, on connection: DatabaseConnection) async throws {
        try await connection.execute(
            """
            INSERT INTO upload (document, name, content_type, body)
            VALUES (\(upload.document), \(upload.name), \(upload.contentType), \(upload.body))
            ON CONFLICT (document) DO UPDATE SET name = excluded.name, content_type = excluded.content_type,
                body = excluded.body
            """
        )
    }

    /// The one that waits longest.
    package static func next(on connection: DatabaseConnection) async throws -> Upload? {
        try await connection.query("SELECT document, name, content_type, body FROM upload ORDER BY document LIMIT 1")
            .first
            .map {
                let (document, name, contentType, body) = try $0.decode(
                    Int64.self,
                    String.self,
                    String?.self,
                    [UInt8].self
                )
                return Upload(document: document, name: name, contentType: contentType, body: body)
            }
    }

    package static func delete(_ document: Int64, on connection: DatabaseConnection) async throws {
        try await connection.execute("DELETE FROM upload WHERE document = \(document)")
    }
}
