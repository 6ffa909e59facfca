import Testing

@testable import SQL

@Suite struct SQLiteStatementTests {
    let connection: SQLiteConnection

    init() throws {
        connection = try SQLiteConnection.open(DatabaseConfiguration(.memory), .write)
    }

    private func failure(_ statement: SQL) -> SQLError? {
        #expect(throws: SQLError.self) { try connection.query(statement) }
    }

    @Test(arguments: ["SELECT 1; SELECT 2", "SELECT 1; nonsense", "SELECT 1; -- fine\n; SELECT 2"])
    func `a second statement is refused`(text: String) {
        #expect(failure(SQL(trusted: text))?.kind == .misuse)
    }

    @Test(arguments: ["SELECT 1;", "SELECT 1 ; ;\n", "SELECT 1 -- end", "SELECT 1; /* end */ -- more"])
    func `spaces, comments and semicolons may follow`(text: String) throws {
        #expect(try connection.query(SQL(trusted: text)).count == 1)
    }

    @Test(arguments: ["", "  ", "-- nothing", "SELECT 1\u{0}; DROP TABLE t"])
    func `a text without a statement, or with a NUL, is refused`(text: String) {
        #expect(failure(SQL(trusted: text))?.kind == .misuse)
    }

    @Test(
        arguments: [
            "BEGIN", "COMMIT", "ROLLBACK", "END", "SAVEPOINT s", "RELEASE s", "ATTACH 'x' AS y", "DETACH y",
        ]
    )
    func `transactions and other files are not for statements`(text: String) {
        #expect(failure(SQL(trusted: text))?.kind == .misuse)
    }

    @Test func `a question mark that was not interpolated is refused`() {
        #expect(failure("SELECT ?")?.kind == .misuse)
        #expect(failure("SELECT ?, \(1)")?.kind == .misuse)
    }

    @Test func `a text in double quotes is a column and never a string`() {
        #expect(failure("SELECT \"nothing\"")?.kind == .misuse)
    }

    @Test func `text that is not UTF-8 is an error that names its column, and its bytes can be read`() throws {
        let error = failure("SELECT CAST(\([UInt8]([0x61, 0xFF, 0xC0])) AS TEXT) AS odd")
        #expect(error?.kind == .columnType(name: "odd", expected: "text", found: "text that is not UTF-8"))
        let row = try #require(try connection.query("SELECT CAST(\([UInt8]([0x61, 0xFF])) AS BLOB)").first)
        #expect(row.values == [.blob([0x61, 0xFF])])
    }

    @Test func `a cached statement follows a change of the schema`() throws {
        try connection.execute("CREATE TABLE t (a INTEGER)")
        try connection.execute("INSERT INTO t VALUES (1)")
        #expect(try connection.query("SELECT * FROM t").first?.columns == ["a"])
        try connection.execute("ALTER TABLE t ADD b TEXT")
        #expect(try connection.query("SELECT * FROM t").first?.columns == ["a", "b"])
        try connection.execute("ALTER TABLE t RENAME a TO c")
        #expect(try connection.query("SELECT * FROM t").first?.values == [.integer(1), .null])
        #expect(try connection.query("SELECT * FROM t").first?.columns == ["c", "b"])
    }

    @Test func `the cache forgets what was used least recently and never lends a running statement twice`() throws {
        var cache = StatementCache(capacity: 2)
        let statements = try ["SELECT 1", "SELECT 2", "SELECT 3"].map { text in
            let statement = try connection.start(SQL(trusted: text))
            statement.finish()
            return statement
        }
        cache.insert(statements[0])
        cache.insert(statements[1])
        #expect(cache.statement(for: "SELECT 1") === statements[0])
        cache.insert(statements[2])
        #expect(cache.count == 2)
        #expect(cache.statement(for: "SELECT 2") == nil)
        #expect(cache.statement(for: "SELECT 1") === statements[0])
        try statements[0].start([])
        #expect(cache.statement(for: "SELECT 1") == nil)
        statements[0].finish()
        #expect(cache.statement(for: "SELECT 1") === statements[0])
    }
}
