import SQL
import TestSupport
import Testing

/// What the tables say, read beside the server.
struct StoredTables: Sendable {
    /// Passages by collection.
    var ids: [String: Set<String>] = [:]
    /// By id: of ready documents the ids of their passages.
    var documents: [String: Document] = [:]
    var reports: Set<String> = []

    struct Document: Sendable {
        var source: String
        var status: String
        var passages: Set<String> = []
    }

    static func read(in folder: TemporaryFolder) async throws -> StoredTables {
        try await with(folder) { database in
            try await database.read { connection in
                var tables = StoredTables()
                for row in try await connection.query("SELECT id, source, status FROM document") {
                    let (id, source, status) = try row.decode(String.self, String.self, String.self)
                    tables.documents[id] = Document(source: source, status: status)
                }
                let passages: SQL = """
                    SELECT collection.name, passage.id, document.id FROM passage JOIN collection ON collection.key = passage.collection
                    LEFT JOIN document ON document.key = passage.document
                    """
                for row in try await connection.query(passages) {
                    let (collection, id, document) = try row.decode(String.self, String.self, String?.self)
                    tables.ids[collection, default: []].insert(id)
                    if let document { tables.documents[document]?.passages.insert(id) }
                }
                tables.reports = Set(
                    try await connection.query("SELECT response FROM feedback").map { try $0.decode(String.self) }
                )
                return tables
            }
        }
    }

    /// Documents that wait for being read.
    static func waiting(in folder: TemporaryFolder) async throws -> Int {
        try await with(folder) { database in
            try await database.read {
                try await $0.query("SELECT count(*) FROM upload").map { try $0.decode(Int.self) }.reduce(0, +)
            }
        }
    }

    /// SQLite's own opinion of the file.
    static func expectSound(in folder: TemporaryFolder) async throws {
        let (integrity, orphans) = try await with(folder) { database in
            try await database.read { connection in
                (
                    try await connection.query("PRAGMA integrity_check").map(\.values),
                    try await connection.query("PRAGMA foreign_key_check").map(\.values)
                )
            }
        }
        #expect(integrity == [[.text("ok")]])
        #expect(orphans.isEmpty)
    }

    private static func with<Result: Sendable>(
        _ folder: TemporaryFolder,
        _ body: (Database) async throws -> Result
    ) async throws -> Result {
        let database = try await Database.open(.init(.file(folder.data + "/roost.db")), migrations: [])
        do {
            let result = try await body(database)
            await database.close()
            return result
        } catch {
            await database.close()
            throw error
        }
    }
}
