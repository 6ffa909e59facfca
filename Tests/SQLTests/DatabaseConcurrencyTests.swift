import Dispatch
import Runtime
import Synchronization
import Testing

@testable import SQL

@Suite(.timeLimit(.minutes(5))) struct DatabaseConcurrencyTests {
    /// Money moves between two accounts; their sum is the invariant.
    static let accounts = Migration(
        owner: "test",
        number: 1,
        name: "accounts",
        statements: [
            "CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL) STRICT",
            "INSERT INTO account VALUES (1, 1000), (2, 0)",
        ]
    )

    @Test func `a hundred readers beside writers see whole transactions and one state each`() async throws {
        try await withDatabase(migrations: [Self.accounts]) { database in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask { for _ in 0..<50 { try await move(1, in: database) } }
                }
                for _ in 0..<100 {
                    group.addTask {
                        for _ in 0..<20 {
                            let (first, again) = try await database.read { connection in
                                let first = try await balances(connection)
                                await Task.yield()
                                return (first, try await balances(connection))
                            }
                            #expect(first.reduce(0, +) == 1_000)
                            #expect(first == again)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await database.read { try await balances($0) } == [800, 200])
        }
    }

    @Test func `readers are not held up by a transaction that is open`() async throws {
        try await withDatabase(migrations: [Self.accounts]) { database in
            let (changed, hasChanged) = AsyncStream.makeStream(of: Void.self)
            let (release, mayEnd) = AsyncStream.makeStream(of: Void.self)
            async let writer: Void = database.transaction { connection in
                try await connection.execute("UPDATE account SET balance = 0")
                hasChanged.finish()
                for await _ in release {}
            }
            for await _ in changed {}
            #expect(try await database.read { try await balances($0) } == [1_000, 0])
            mayEnd.finish()
            try await writer
            #expect(try await database.read { try await balances($0) } == [0, 0])
        }
    }

    /// A wrong thread ends the process here: there is no gentler question to ask of Dispatch.
    @Test func `a transaction's body runs on the writer's thread and a reader's where its caller runs`() async throws {
        try await withDatabase { database in
            let queue = database.executor.queue
            try await database.transaction { connection in
                dispatchPrecondition(condition: .onQueue(queue))
                _ = try await connection.query("SELECT 1")
                dispatchPrecondition(condition: .onQueue(queue))
                await Task.yield()
                dispatchPrecondition(condition: .onQueue(queue))
            }
            dispatchPrecondition(condition: .notOnQueue(queue))
            try await database.read { _ in dispatchPrecondition(condition: .notOnQueue(queue)) }
        }
    }

    @MainActor @Test func `an actor's body stays the actor's`() async throws {
        try await withDatabase { database in
            var count = 0
            try await database.transaction { connection in
                MainActor.assertIsolated()
                count += try await connection.query("SELECT 1").count
                MainActor.assertIsolated()
            }
            #expect(count == 1)
        }
    }

    @Test func `closing waits for what runs and turns away what waits`() async throws {
        try await withDatabase(migrations: [Self.accounts]) { database in
            let (started, hasStarted) = AsyncStream.makeStream(of: Void.self)
            async let running: Void = database.transaction { connection in
                hasStarted.finish()
                for _ in 0..<100 { await Task.yield() }
                try await connection.execute("UPDATE account SET balance = 7 WHERE id = 1")
            }
            for await _ in started {}
            await database.close()
            try await running
            #expect(await kind { try await database.read { _ in } } == .notOpen)
        }
    }

    @Test func `a task started inside of a body and left alone may use the database after it`() async throws {
        try await withDatabase(migrations: [Self.accounts]) { database in
            let (ended, hasEnded) = AsyncStream.makeStream(of: Void.self)
            let orphan = try await database.read { _ in
                Task {
                    for await _ in ended {}
                    return try await database.read { try await balances($0) }
                }
            }
            hasEnded.finish()
            #expect(try await orphan.value == [1_000, 0])
        }
    }
}

private func balances(_ connection: DatabaseConnection) async throws -> [Int] {
    try await connection.query("SELECT balance FROM account ORDER BY id").map { try $0.decode(Int.self) }
}

private func move(_ amount: Int, in database: Database) async throws {
    try await database.transaction { connection in
        try await connection.execute("UPDATE account SET balance = balance - \(amount) WHERE id = 1")
        await Task.yield()
        try await connection.execute("UPDATE account SET balance = balance + \(amount) WHERE id = 2")
    }
}
