/// A connection that a body of ``Database/read(_:)`` or ``Database/transaction(_:)`` was lent.
///
/// It is the body's alone and ends with it: it cannot be sent to another task, and used later it throws
/// ``SQLError/Kind/notOpen``. One statement a call; BEGIN, COMMIT and their kin are the ``Database``'s.
///
/// Statements are prepared once and kept by their text, so a loop over `execute` is the fast way to insert many rows.
///
/// The methods suspend where a database is a network away; SQLite answers on the caller's thread.
package final class DatabaseConnection {
    private var connection: SQLiteConnection?

    init(_ connection: SQLiteConnection) {
        self.connection = connection
    }

    /// All rows of the result.
    package func query(_ sql: SQL) async throws -> [Row] {
        try lent.query(sql)
    }

    /// Calls `body` with one row after the other; memory does not grow with the result.
    ///
    /// An error from `body` ends the query and is thrown on. What `body` writes to the same table may or may not
    /// appear among the rows to come.
    package func forEach(_ sql: SQL, _ body: (Row) async throws -> Void) async throws {
        let connection = try lent
        let statement = try connection.start(sql)
        defer { statement.finish() }
        while try connection.step(statement) {
            try await body(statement.row())
        }
    }

    /// Runs a statement; how many rows it inserted, updated or deleted, without those that a trigger or a foreign
    /// key changed.
    @discardableResult
    package func execute(_ sql: SQL) async throws -> Int {
        try lent.execute(sql)
    }

    func end() { connection = nil }

    private var lent: SQLiteConnection {
        get throws {
            guard let connection else { throw SQLError(.notOpen, "the connection was used after its body") }
            return connection
        }
    }
}
