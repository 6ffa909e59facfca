import CSQLite
import Glibc

extension SQLiteConnection {
    /// Opens the file (the writer creates it, for its owner's eyes only) and sets it up.
    static func open(_ configuration: DatabaseConfiguration, _ mode: Mode) throws -> SQLiteConnection {
        let handle = try openHandle(configuration.location, mode)
        sqlite3_busy_timeout(handle, configuration.busyTimeout.milliseconds)
        sqlite3_extended_result_codes(handle, 1)
        // Defensive: no statement can damage the file. The others: "text" in double quotes is a column, never a string.
        csqlite_set_option(handle, SQLITE_DBCONFIG_DEFENSIVE, 1)
        csqlite_set_option(handle, SQLITE_DBCONFIG_DQS_DML, 0)
        csqlite_set_option(handle, SQLITE_DBCONFIG_DQS_DDL, 0)
        let connection = SQLiteConnection(handle, statementCacheCapacity: configuration.statementCacheCapacity)
        try connection.set(configuration, mode)
        return connection
    }

    /// A new file with SQLite's defaults (a rollback journal, flushed at each commit), to be filled by a backup.
    static func openPlain(_ path: String) throws -> SQLiteConnection {
        SQLiteConnection(try openHandle(.file(path), .write), statementCacheCapacity: 0)
    }

    private static func openHandle(_ location: DatabaseConfiguration.Location, _ mode: Mode) throws -> OpaquePointer {
        var flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        if mode == .write { flags |= SQLITE_OPEN_CREATE }
        var handle: OpaquePointer?
        let code = sqlite3_open_v2(try path(of: location, mode), &handle, flags, nil)
        guard let handle else { throw SQLError(code: code, of: nil) }
        guard code == SQLITE_OK else {
            defer { sqlite3_close_v2(handle) }
            throw SQLError(code: code, of: handle)
        }
        return handle
    }

    private static func path(of location: DatabaseConfiguration.Location, _ mode: Mode) throws -> String {
        guard case .file(let path) = location else { return ":memory:" }
        guard !path.isEmpty, !path.utf8.contains(0) else { throw SQLError(.cannotOpen, "no usable path: \"\(path)\"") }
        if mode == .write { createPrivately(path) }
        // Debian's SQLite reads `file:` and `:memory:` as more than a name.
        return path.hasPrefix("/") ? path : "./" + path
    }

    /// SQLite's own files follow the mode of the main one.
    ///
    /// `O_EXCL` is not an optimization: closing a second descriptor of a file that is open here already would drop
    /// all locks that this process holds on it (POSIX locks belong to the process).
    private static func createPrivately(_ path: String) {
        let descriptor = Glibc.open(path, O_CREAT | O_EXCL | O_CLOEXEC | O_RDWR, 0o600)
        if descriptor >= 0 { Glibc.close(descriptor) }
    }

    private func set(_ configuration: DatabaseConfiguration, _ mode: Mode) throws {
        if case .file(let path) = configuration.location, mode == .write {
            try switchToWriteAheadLog(path, within: configuration.busyTimeout)
        }
        try execute(configuration.durability == .full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL")
        try execute("PRAGMA foreign_keys = ON")
        try execute("PRAGMA trusted_schema = OFF")
        try execute("PRAGMA cell_size_check = ON")
        try execute("PRAGMA temp_store = MEMORY")
        try pragma("cache_size", -Int64(configuration.cacheKibibytes))
        try pragma("mmap_size", configuration.memoryMapBytes)
        try pragma("wal_autocheckpoint", Int64(configuration.checkpointPages))
    }

    /// A pragma takes no binding; a number is safe to paste.
    private func pragma(_ name: String, _ value: Int64) throws {
        try execute(SQL(trusted: "PRAGMA \(name) = \(value)"))
    }

    /// Waits by itself while others hold the file: SQLite asks the busy handler for nobody who has read the header and
    /// wants to rewrite it, because two of them would wait for each other.
    ///
    /// Two servers that open a new store at once are such two.
    private func switchToWriteAheadLog(_ path: String, within timeout: Duration) throws {
        let deadline = ContinuousClock.now + timeout
        while true {
            do {
                let mode = try query("PRAGMA journal_mode = WAL").first?.values.first
                guard mode == .text("wal") else { throw Self.withoutSharedMemory(path) }
                return
            } catch let error as SQLError where error.kind == .busy && ContinuousClock.now < deadline {
                sqlite3_sleep(Self.millisecondsBetweenSwitches)
            }
        }
    }

    private static let millisecondsBetweenSwitches: CInt = 5

    private static func withoutSharedMemory(_ path: String) -> SQLError {
        SQLError(.cannotOpen, "the file system of \(path) has no shared memory for a write-ahead log")
    }
}

extension Duration {
    fileprivate var milliseconds: CInt {
        let (seconds, attoseconds) = components
        guard seconds < 1_000_000 else { return 1_000_000_000 }
        return CInt(seconds * 1_000 + attoseconds / 1_000_000_000_000_000)
    }
}
