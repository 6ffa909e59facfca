import TestSupport
import Testing

@testable import SQL

@Suite struct SettingsTests {
    /// What each connection must be set to, readers and the writer.
    private func settings(_ connection: DatabaseConnection) async throws -> [String: SQL.Value] {
        var found: [String: SQL.Value] = [:]
        let names = [
            "journal_mode", "synchronous", "foreign_keys", "trusted_schema", "cell_size_check", "temp_store",
            "query_only", "busy_timeout", "cache_size", "mmap_size", "wal_autocheckpoint",
        ]
        for name in names {
            found[name] = try await connection.query(SQL(trusted: "PRAGMA \(name)")).first?.values.first
        }
        return found
    }

    @Test func `every connection is set up for durability, integrity and the configured limits`() async throws {
        let expected: [String: SQL.Value] = [
            "journal_mode": .text("wal"), "synchronous": .integer(2), "foreign_keys": .integer(1),
            "trusted_schema": .integer(0), "cell_size_check": .integer(1), "temp_store": .integer(2),
            "busy_timeout": .integer(1_500), "cache_size": .integer(-512), "mmap_size": .integer(65_536),
            "wal_autocheckpoint": .integer(77),
        ]
        try await withDatabase { configuration in
            configuration.durability = .full
            configuration.busyTimeout = .milliseconds(1_500)
            configuration.cacheKibibytes = 512
            configuration.memoryMapBytes = 65_536
            configuration.checkpointPages = 77
        } _: { database in
            let writer = try await database.transaction { try await settings($0) }
            #expect(writer == expected.merging(["query_only": .integer(0)]) { $1 })
            let reader = try await database.read { try await settings($0) }
            #expect(reader == expected.merging(["query_only": .integer(1)]) { $1 })
        }
    }

    @Test func `normal durability does not wait for the disk at each commit`() async throws {
        try await withDatabase { database in
            let writer = try await database.transaction { try await settings($0) }
            #expect(writer["synchronous"] == .integer(1))
        }
    }

    @Test func `one reader serves many tasks in turn, and a task that waits can be cancelled`() async throws {
        try await withDatabase { configuration in
            configuration.maximumReaders = 1
        } _: { database in
            let (started, hasStarted) = AsyncStream.makeStream(of: Void.self)
            let (release, mayEnd) = AsyncStream.makeStream(of: Void.self)
            async let holder: Void = database.read { _ in
                hasStarted.finish()
                for await _ in release {}
            }
            for await _ in started {}
            let waiter = Task { try await database.read { _ in } }
            waiter.cancel()
            await #expect(throws: CancellationError.self) { try await waiter.value }
            async let next = database.read { try await $0.query("SELECT 1").count }
            mayEnd.finish()
            try await holder
            #expect(try await next == 1)
        }
    }

    @Test func `a database in memory can be backed up to a file`() async throws {
        try await withTemporaryDirectory { directory in
            let memory = try await Database.open(.init(.memory), migrations: [DatabaseConcurrencyTests.accounts])
            try await memory.backup(to: directory + "/copy.db")
            await memory.close()
            let copy = try await Database.open(
                .init(.file(directory + "/copy.db")),
                migrations: [DatabaseConcurrencyTests.accounts]
            )
            #expect(try await copy.read { try await $0.query("SELECT 1 FROM account") }.count == 2)
            await copy.close()
        }
    }

    @Test func `an error's description says what, why, where and what to do`() {
        let error = SQLError(.busy, "database is locked", code: 5, statement: "BEGIN IMMEDIATE")
        #expect(
            error.description == """
                the database is locked by another process: database is locked (SQLite 5). \
                Try again, or raise the busy timeout – in: BEGIN IMMEDIATE
                """
        )
        let newer = SQLError(.migration(.databaseIsNewer(owner: "notes", database: 3, program: 2)))
        #expect(newer.description.contains("notes is at migration 3, the program knows 2"))
    }
}
