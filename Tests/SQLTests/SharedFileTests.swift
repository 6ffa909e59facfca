import TestSupport
import Testing

@testable import SQL

/// A second ``Database`` on the same file stands for another process: SQLite keeps their locks apart all the same.
///
/// One test starts a real process.
@Suite(.timeLimit(.minutes(5))) struct SharedFileTests {
    private func withTwo(
        timeout: Duration = .seconds(5),
        _ body: (Database, Database) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let configuration = DatabaseConfiguration(.file(directory + "/x.db"), busyTimeout: timeout)
            let first = try await Database.open(configuration, migrations: [DatabaseConcurrencyTests.accounts])
            let second = try await Database.open(configuration, migrations: [])
            try await body(first, second)
            await first.close()
            await second.close()
        }
    }

    @Test func `the data version changes with foreign writes and not with our own`() async throws {
        try await withTwo { ours, theirs in
            let start = try await ours.dataVersion()
            try await add(1, in: ours)
            #expect(try await ours.dataVersion() == start)
            try await add(1, in: theirs)
            let changed = try await ours.dataVersion()
            #expect(changed != start)
            #expect(try await ours.dataVersion() == changed)
        }
    }

    @Test func `a lock held elsewhere for too long is busy and may be tried again`() async throws {
        try await withTwo(timeout: .milliseconds(50)) { ours, theirs in
            try await theirs.transaction { _ in
                let error = await #expect(throws: SQLError.self) { try await add(1, in: ours) }
                #expect(error?.kind == .busy)
                #expect(error?.isRetryable == true)
            }
            try await add(1, in: ours)
        }
    }

    @Test func `who opens a new file that another is writing waits for its lock, as long as it may`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/x.db"
            let writer = try SQLiteConnection.openPlain(path)
            try writer.begin(.write)
            let impatient = DatabaseConfiguration(.file(path), busyTimeout: .milliseconds(50))
            #expect(await kind { _ = try await Database.open(impatient, migrations: []) } == .busy)
            async let database = Database.open(.init(.file(path)), migrations: [])
            try await Task.sleep(for: .milliseconds(50))
            try writer.commit()
            try await database.close()
        }
    }

    @Test func `writers of two processes wait for each other and lose nothing`() async throws {
        try await withTwo(timeout: .seconds(30)) { ours, theirs in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<40 {
                    group.addTask { try await add(1, in: number.isMultiple(of: 2) ? ours : theirs) }
                }
                try await group.waitForAll()
            }
            let sum = try await ours.read { connection in
                try #require(await connection.query("SELECT balance FROM account WHERE id = 2").first).decode(Int.self)
            }
            #expect(sum == 40)
        }
    }

    @Test func `a real second process writes at the same time and its writes are noticed`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/x.db"
            let ours = try await Database.open(.init(.file(path)), migrations: [DatabaseConcurrencyTests.accounts])
            let before = try await ours.dataVersion()
            async let child = #expect(processExitsWith: .success) { [path = path as String] in
                let theirs = try await Database.open(.init(.file(path)), migrations: [])
                for _ in 0..<20 { try await add(1, in: theirs) }
                await theirs.close()
            }
            for _ in 0..<20 { try await add(1, in: ours) }
            _ = await child
            #expect(try await ours.dataVersion() != before)
            let sum = try await ours.read { connection in
                try #require(await connection.query("SELECT balance FROM account WHERE id = 2").first).decode(Int.self)
            }
            #expect(sum == 40)
            await ours.close()
        }
    }

    @Test func `a backup is one sound state, taken while a writer works`() async throws {
        try await withTemporaryDirectory { directory in
            let database = try await Database.open(
                .init(.file(directory + "/x.db"), durability: .normal),
                migrations: [DatabaseConcurrencyTests.accounts]
            )
            let copy = directory + "/copy.db"
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for _ in 0..<100 {
                        try await database.transaction { connection in
                            try await connection.execute("UPDATE account SET balance = balance - 1 WHERE id = 1")
                            try await connection.execute("UPDATE account SET balance = balance + 1 WHERE id = 2")
                        }
                    }
                }
                for _ in 0..<5 { try await database.backup(to: copy) }
                try await group.waitForAll()
            }
            await database.close()
            #expect(files(in: directory) == ["copy.db", "x.db"])
            let restored = try await Database.open(.init(.file(copy)), migrations: [DatabaseConcurrencyTests.accounts])
            let (sum, check) = try await restored.read { connection in
                let sum = try #require(await connection.query("SELECT sum(balance) FROM account").first)
                let check = try #require(await connection.query("PRAGMA integrity_check").first)
                return (try sum.decode(Int.self), try check.decode(String.self))
            }
            #expect(sum == 1_000)
            #expect(check == "ok")
            await restored.close()
        }
    }

    @Test func `a backup that fails leaves nothing behind`() async throws {
        try await withDatabase { database in
            #expect(await kind { try await database.backup(to: "/nowhere/copy.db") } == .cannotOpen)
        }
    }
}

private func add(_ amount: Int, in database: Database) async throws {
    try await database.transaction { connection in
        try await connection.execute("UPDATE account SET balance = balance + \(amount) WHERE id = 2")
    }
}
