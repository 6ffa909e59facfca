import Glibc
import TestSupport
import Testing

@testable import SQL

@Suite(.timeLimit(.minutes(5))) struct SQLiteFaultTests {
    @Test func `a file that is no database is damage, with a way out`() async throws {
        try await withTemporaryDirectory { directory in
            try write(Array(repeating: 0x41, count: 10_000), to: directory + "/x.db")
            let error = await #expect(throws: SQLError.self) {
                _ = try await Database.open(.init(.file(directory + "/x.db")), migrations: [])
            }
            #expect(error?.kind == .corrupt)
            #expect(error?.description.contains("restore a backup") == true)
        }
    }

    @Test func `damage in the middle of a file is found by the query that meets it`() async throws {
        try await withTemporaryDirectory { directory in
            let configuration = DatabaseConfiguration(.file(directory + "/x.db"))
            let database = try await Database.open(configuration, migrations: [])
            try await fill(database, rows: 2_000)
            await database.close()
            try write(Array(repeating: 0xFF, count: 30 * 4_096), to: directory + "/x.db", at: 8 * 4_096)
            let reopened = try await Database.open(configuration, migrations: [])
            let found = await kind { try await reopened.read { _ = try await $0.query("SELECT * FROM filler") } }
            #expect(found == .corrupt)
            await reopened.close()
        }
    }

    @Test(arguments: ["/nowhere/at/all.db", "", "/tmp"])
    func `a path that cannot be opened says so`(path: String) async {
        let found = await kind { _ = try await Database.open(.init(.file(path)), migrations: []) }
        #expect(found == .cannotOpen)
    }

    @Test func `a full disk rolls back and throws, even where the body swallows it`() async throws {
        try await withDatabase { database in
            try await fill(database, rows: 10)
            let found = await kind {
                try await database.transaction { connection in
                    _ = try await connection.query("PRAGMA max_page_count = 20")
                    let text = String(repeating: "y", count: 900)
                    for _ in 0..<200 {
                        _ = try? await connection.execute("INSERT INTO filler VALUES (\(text))")
                    }
                }
            }
            #expect(found == .full)
            let count = try await database.transaction { connection in
                _ = try await connection.query("PRAGMA max_page_count = 1000000")
                try await connection.execute("INSERT INTO filler VALUES ('after')")
                return try await connection.query("SELECT 1 FROM filler").count
            }
            #expect(count == 11)
        }
    }

    @Test func `a long query ends when its task is cancelled`() async throws {
        try await withDatabase { database in
            let endless: SQL = """
                WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n
                """
            for isWriter in [false, true] {
                let (started, signal) = AsyncStream.makeStream(of: Void.self)
                let task = Task {
                    let body = { (connection: DatabaseConnection) async throws in
                        signal.finish()
                        _ = try await connection.query(endless)
                    }
                    try await isWriter ? database.transaction(body) : database.read(body)
                }
                for await _ in started {}
                usleep(20_000)
                task.cancel()
                await #expect(throws: CancellationError.self) { try await task.value }
            }
            try await fill(database, rows: 1)
        }
    }

    @Test func `a new file is for its owner only`() async throws {
        try await withTemporaryDirectory { directory in
            let database = try await Database.open(.init(.file(directory + "/x.db")), migrations: [])
            for name in files(in: directory) {
                var status = stat()
                #expect(stat(directory + "/" + name, &status) == 0)
                #expect(status.st_mode & 0o077 == 0, "\(name)")
            }
            await database.close()
            #expect(files(in: directory) == ["x.db"])
        }
    }
}

private func fill(_ database: Database, rows: Int) async throws {
    try await database.transaction { connection in
        try await connection.execute("CREATE TABLE filler (text TEXT) STRICT")
        for _ in 0..<rows {
            try await connection.execute("INSERT INTO filler VALUES (\(String(repeating: "x", count: 200)))")
        }
    }
}
