import CSQLite

extension Database {
    /// A number that changes when another process has written, and not when this one has.
    ///
    /// It compares with earlier answers of the same ``Database`` only. SQLite keeps it a connection and counts the
    /// commits of all others, so the writer is asked: a reader would take our own commits for foreign ones. The
    /// answer takes microseconds and waits for the transaction that runs.
    package func dataVersion() async throws -> Int64 {
        try DatabaseLease.refuseNesting(in: self)
        let connection = try await writers.acquire()
        defer { writers.giveBack(connection) }
        let row = try connection.query("PRAGMA data_version").first
        guard let row else { throw SQLError(.other, "PRAGMA data_version has no answer") }
        return try row.decode(Int64.self)
    }

    /// Waits for what runs, turns away what waits, moves the log into the file and closes it.
    ///
    /// Every later call throws ``SQLError/Kind/notOpen``. Never call it from a body.
    package func close() async {
        _ = await readers.close()
        let connections = await writers.close()
        await withTaskExecutorPreference(executor) {
            for connection in connections { connection.checkpoint() }
        }
    }
}

extension SQLiteConnection {
    /// Leaves the log behind where another process still reads from it; the next one to open the file picks it up.
    fileprivate func checkpoint() {
        sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
    }
}
