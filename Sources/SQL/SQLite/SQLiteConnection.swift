import CSQLite

/// A connection to a SQLite file, and where a transaction on it stands.
///
/// SQLite rolls a whole transaction back by itself on some errors (disk full, I/O, memory, interruption). The
/// statements after that would each commit alone, so ``start(_:)`` refuses them with the error that ended the
/// transaction. For the same reason nobody but ``begin(_:)``, ``commit()`` and ``rollback()`` may say BEGIN, COMMIT or
/// ROLLBACK: ``StatementGate`` refuses to prepare it.
///
/// - Note: `@unchecked Sendable` is right because the pool lends a connection to one task at a time, through a lock,
///   and what the task gets (``DatabaseConnection``) is not sendable. ``interrupt()`` is the one call for any thread.
final class SQLiteConnection: @unchecked Sendable {
    enum Mode { case read, write }

    let handle: OpaquePointer
    private let gate: StatementGate
    private var cache: StatementCache
    private var isInBody = false
    private var refusesWrites = false
    private var ending: (any Error)?

    /// Takes over `handle`, and closes it at the end of its own life.
    init(_ handle: OpaquePointer, statementCacheCapacity: Int) {
        self.handle = handle
        gate = StatementGate()
        cache = StatementCache(capacity: statementCacheCapacity)
        gate.install(on: handle)
    }

    deinit {
        cache.removeAll()
        sqlite3_close_v2(handle)
    }

    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Prepares and binds a statement, which is the caller's until it calls `finish()`.
    ///
    /// In a body that was cancelled it throws `CancellationError`: ``interrupt()`` ends only what runs.
    func start(_ sql: SQL) throws -> SQLiteStatement {
        if isInBody {
            guard isInTransaction else { throw ending ?? Self.hasEnded }
            try Task.checkCancellation()
        }
        let statement = try cache.statement(for: sql.text) ?? prepare(sql.text)
        do {
            try statement.start(sql.bindings)
        } catch {
            statement.finish()
            throw error
        }
        return statement
    }

    /// One step of a statement that ``start(_:)`` gave out.
    func step(_ statement: SQLiteStatement) throws -> Bool {
        do {
            return try statement.step()
        } catch let error as SQLError {
            let error: any Error = error.code & 0xFF == SQLITE_INTERRUPT ? CancellationError() : error
            if isInBody, !isInTransaction { ending = error }
            throw error
        }
    }

    /// Runs a statement to its end and says how many rows it inserted, updated or deleted itself, without triggers.
    @discardableResult
    func execute(_ sql: SQL) throws -> Int {
        let statement = try start(sql)
        defer { statement.finish() }
        let before = sqlite3_total_changes64(handle)
        while try step(statement) {}
        return sqlite3_total_changes64(handle) == before ? 0 : Int(sqlite3_changes64(handle))
    }

    func query(_ sql: SQL) throws -> [Row] {
        let statement = try start(sql)
        defer { statement.finish() }
        var rows: [Row] = []
        while try step(statement) { rows.append(try statement.row()) }
        return rows
    }

    /// Makes the statement that runs, if one does, fail.
    ///
    /// Any thread may call it while the connection is lent.
    func interrupt() { sqlite3_interrupt(handle) }
}

// MARK: - Transactions

extension SQLiteConnection {
    /// A writer takes the write lock at once: one that read first and wanted it later could only fail.
    func begin(_ mode: Mode) throws {
        try refuseWrites(mode == .read)
        try control(mode == .write ? "BEGIN IMMEDIATE" : "BEGIN DEFERRED")
        ending = nil
        isInBody = true
    }

    /// Throws what ended the transaction if SQLite has rolled it back, even where the body swallowed the error.
    func commit() throws {
        guard isInTransaction else { throw ending ?? Self.hasEnded }
        try control("COMMIT")
        isInBody = false
    }

    /// `false` if that failed, which leaves a connection that must not be used again.
    func rollback() -> Bool {
        isInBody = false
        guard isInTransaction else { return true }
        try? control("ROLLBACK")
        return !isInTransaction
    }

    /// The connection of a database in memory reads and writes in turn; the others are asked once.
    private func refuseWrites(_ refuses: Bool) throws {
        guard refuses != refusesWrites else { return }
        try execute(refuses ? "PRAGMA query_only = ON" : "PRAGMA query_only = OFF")
        refusesWrites = refuses
    }

    private static let hasEnded = SQLError(.misuse, "the transaction has ended already")

    private func control(_ sql: SQL) throws {
        isInBody = false
        gate.isOpen = true
        defer { gate.isOpen = false }
        try execute(sql)
    }
}

// MARK: - Preparing

extension SQLiteConnection {
    private func prepare(_ text: String) throws -> SQLiteStatement {
        guard !text.utf8.contains(0) else {
            throw SQLError(.misuse, "the statement's own text has a NUL byte", statement: text)
        }
        let (statement, rest) = try compile(text)
        guard let statement else { throw SQLError(.misuse, "there is no statement in the text", statement: text) }
        let prepared = SQLiteStatement(statement, text: text, database: handle)
        guard rest.isEmpty || isBlank(rest) else {
            throw SQLError(.misuse, "one statement a call; more text follows the first", statement: text)
        }
        cache.insert(prepared)
        return prepared
    }

    /// Whether only spaces and comments are left, which compile to nothing.
    private func isBlank(_ text: String) -> Bool {
        guard let (statement, rest) = try? compile(text) else { return false }
        sqlite3_finalize(statement)
        guard statement == nil, rest.utf8.count < text.utf8.count else { return false }
        return rest.isEmpty || isBlank(rest)
    }

    private func compile(_ text: String) throws -> (statement: OpaquePointer?, rest: String) {
        try text.withCString { start in
            var statement: OpaquePointer?
            var tail: UnsafePointer<CChar>?
            let code = sqlite3_prepare_v3(handle, start, -1, CUnsignedInt(SQLITE_PREPARE_PERSISTENT), &statement, &tail)
            guard code == SQLITE_OK else { throw SQLError(code: code, of: handle, statement: text) }
            return (statement, tail.map { String(cString: $0) } ?? "")
        }
    }
}
