import CSQLite
import Glibc
import Runtime

extension Database {
    /// Copies one state of the database to a new file while others read and write.
    ///
    /// The copy appears under its name when it is complete and on the disk; a file of that name is replaced. One backup to a
    /// path at a time.
    package func backup(to path: String) async throws {
        try DatabaseLease.refuseNesting(in: self)
        let partial = path + ".partial"
        unlink(partial)
        do {
            try await withTaskExecutorPreference(BlockingExecutor(name: "roost.sql.backup")) {
                try await copy(to: partial)
            }
        } catch {
            unlink(partial)
            throw error
        }
        guard rename(partial, path) == 0 else {
            throw SQLError(.inputOutput, "the backup cannot be renamed to \(path): errno \(errno)")
        }
        try flushDirectory(of: path)
    }

    /// The transaction around the copy is what makes it one state: a writer does not send it back to its start.
    private func copy(to path: String) async throws {
        let target = try SQLiteConnection.openPlain(path)
        let source = try await readers.acquire()
        try await lend(source, from: readers, .read) { connection in
            _ = try await connection.query("SELECT count(*) FROM sqlite_schema")
            try await target.copy(from: source)
        }
    }

    /// A rename is durable when the directory is.
    private func flushDirectory(of path: String) throws {
        let parent = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let descriptor = Glibc.open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SQLError(.inputOutput, "\(parent) cannot be opened: errno \(errno)") }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw SQLError(.inputOutput, "\(parent) cannot be flushed: errno \(errno)")
        }
    }
}

extension SQLiteConnection {
    /// Pages between two looks at cancellation: 4 MiB.
    private static let pagesPerStep: CInt = 1_024

    fileprivate func copy(from source: SQLiteConnection) async throws {
        guard let backup = sqlite3_backup_init(handle, "main", source.handle, "main") else {
            throw SQLError(code: sqlite3_errcode(handle), of: handle)
        }
        var code = SQLITE_OK
        while code == SQLITE_OK, !Task.isCancelled {
            code = sqlite3_backup_step(backup, Self.pagesPerStep)
        }
        sqlite3_backup_finish(backup)
        try Task.checkCancellation()
        guard code == SQLITE_DONE else { throw SQLError(code: code, of: handle) }
    }
}
