package import ContextCore
package import SQL

/// The change log, and what the indexes read through it.
extension PassageStore {
    /// A passage as the indexes need it.
    struct Indexable: Sendable {
        let passage: Passage

        /// Of the model that was asked for.
        let vector: [Float]?
    }

    /// The last revision; 0 for a new database.
    package static func revision(on connection: DatabaseConnection) async throws -> Int64 {
        try await connection.query("SELECT COALESCE(MAX(revision), 0) FROM passage_change").first.map {
            try $0.decode(Int64.self)
        } ?? 0
    }

    /// What tells this database from every other one.
    static func libraryID(on connection: DatabaseConnection) async throws -> String {
        let row = try await connection.query("SELECT id FROM library LIMIT 1").first
        guard let row else { throw StoredJSON.Unreadable(what: "a database without its id") }
        return try row.decode(String.self)
    }

    /// What tells the change with this number from the one that another history of this database has in its place; `nil`
    /// where the log doesn't know it (any more).
    static func mark(of revision: Int64, on connection: DatabaseConnection) async throws -> Int64? {
        try await connection.query("SELECT mark FROM passage_change WHERE revision = \(revision)").first.flatMap {
            try $0.decode(Int64?.self)
        }
    }

    /// The oldest revision that the log still knows; `nil` when it is empty.
    package static func oldestRevision(on connection: DatabaseConnection) async throws -> Int64? {
        try await connection.query("SELECT MIN(revision) FROM passage_change").first.flatMap {
            try $0.decode(Int64?.self)
        }
    }

    /// The keys that changed after `revision`, each once, and the revision that they lead to.
    package static func changes(
        after revision: Int64,
        limit: Int,
        on connection: DatabaseConnection
    ) async throws -> (keys: [Int64], revision: Int64) {
        let rows = try await connection.query(
            "SELECT revision, passage FROM passage_change WHERE revision > \(revision) ORDER BY revision LIMIT \(limit)"
        ).map { try $0.decode(Int64.self, Int64.self) }
        var seen: Set<Int64> = []
        return (rows.map(\.1).filter { seen.insert($0).inserted }, rows.last?.0 ?? revision)
    }

    /// Forgets changes that every index has long followed.
    package static func trimChanges(before revision: Int64, on connection: DatabaseConnection) async throws {
        try await connection.execute("DELETE FROM passage_change WHERE revision < \(revision)")
    }

    /// Those of `keys` that exist, for indexing, with their vectors of `model`.
    static func indexable(
        keys: [Int64],
        by model: String?,
        on connection: DatabaseConnection
    ) async throws -> [Indexable] {
        guard !keys.isEmpty else { return [] }
        return try await connection.query(indexableColumns(model) + " WHERE passage.key IN (\(list: keys))").map(
            decodeIndexable
        )
    }

    /// Every passage by key, in batches of at most `size`, with its vector of `model`.
    static func forEachIndexableBatch(
        of size: Int,
        by model: String?,
        on connection: DatabaseConnection,
        _ body: ([Indexable]) async throws -> Void
    ) async throws {
        var last: Int64 = 0
        while true {
            let batch = try await connection.query(
                indexableColumns(model) + " WHERE passage.key > \(last) ORDER BY passage.key LIMIT \(size)"
            ).map(decodeIndexable)
            guard let end = batch.last else { return }
            last = end.passage.key
            try await body(batch)
        }
    }

    /// Passages behind the key `last` that nobody has asked `model` for, oldest first.
    package static func unembedded(
        by model: String,
        after last: Int64,
        limit: Int,
        on connection: DatabaseConnection
    ) async throws -> [Passage] {
        try await connection.query(
            columns + lackingVector(of: model) + " AND passage.key > \(last) ORDER BY passage.key LIMIT \(limit)"
        ).map(decode)
    }

    /// How many passages `model` has not been asked for; at most `limit` are counted.
    static func unembeddedCount(by model: String, limit: Int, on connection: DatabaseConnection) async throws -> Int {
        try await connection.query(
            "SELECT COUNT(*) FROM (SELECT 1 FROM passage" + lackingVector(of: model) + " LIMIT \(limit))"
        ).first?.decode(Int.self) ?? 0
    }

    private static func lackingVector(of model: String) -> SQL {
        """
         LEFT JOIN passage_vector ON passage_vector.passage = passage.key AND passage_vector.model = \(model)
        WHERE passage_vector.key IS NULL
        """
    }

    /// The last vector that was stored, of any model.
    static func lastVector(on connection: DatabaseConnection) async throws -> Int64 {
        try await connection.query("SELECT COALESCE(MAX(key), 0) FROM passage_vector").first?.decode(Int64.self) ?? 0
    }

    /// Has the indexes read the passages again whose vector of `model` came after the one with the key `last`.
    static func noteVectors(
        of model: String,
        after last: Int64,
        on connection: DatabaseConnection
    ) async throws {
        try await connection.execute(
            """
            INSERT INTO passage_change (passage, mark)
            SELECT passage, random() FROM passage_vector WHERE key > \(last) AND model = \(model)
            """
        )
    }

    private static func indexableColumns(_ model: String?) -> SQL {
        """
        SELECT passage.key, passage.id, collection.name, collection.kind, passage.scope, passage.fields, passage.metadata,
            passage.document, passage.ordinal, passage.collection, passage_vector.vector
        FROM passage JOIN collection ON collection.key = passage.collection
        LEFT JOIN passage_vector ON passage_vector.passage = passage.key AND passage_vector.model = \(model)
        """
    }

    private static func decodeIndexable(_ row: Row) throws -> Indexable {
        let passage = try decode(row.columns(0..<10))
        let values = try row.columns(10..<11).decode([UInt8]?.self).flatMap(VectorBytes.decode)
        return Indexable(passage: passage, vector: values.flatMap { $0.isEmpty ? nil : $0 })
    }
}

extension Row {
    fileprivate func columns(_ range: Range<Int>) -> Row {
        Row(columns: Array(columns[range]), values: Array(values[range]))
    }
}
