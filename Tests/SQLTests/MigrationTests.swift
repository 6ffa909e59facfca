import SQL
import TestSupport
import Testing

@Suite struct MigrationTests {
    let first = Migration(owner: "notes", number: 1, name: "notes", statements: ["CREATE TABLE note (id INTEGER)"])
    let second = Migration(owner: "notes", number: 2, name: "titles", statements: ["ALTER TABLE note ADD title TEXT"])
    let other = Migration(owner: "tags", number: 1, name: "tags", statements: ["CREATE TABLE tag (id INTEGER)"])

    /// Opens the same file with one list after the other; the error of the last.
    private func open(_ lists: [Migration]...) async throws -> SQLError.Kind? {
        try await withTemporaryDirectory { directory in
            var failure: SQLError.Kind?
            for migrations in lists {
                failure = await kind {
                    let database = try await Database.open(.init(.file(directory + "/m.db")), migrations: migrations)
                    await database.close()
                }
            }
            return failure
        }
    }

    @Test func `pending migrations run once, in order, and leave their record`() async throws {
        try await withTemporaryDirectory { directory in
            let configuration = DatabaseConfiguration(.file(directory + "/m.db"))
            for migrations in [[first], [first, other, second], [first, other, second]] {
                let database = try await Database.open(configuration, migrations: migrations)
                await database.close()
            }
            let database = try await Database.open(configuration, migrations: [first, second, other])
            let rows = try await database.read { connection in
                try await connection.query("SELECT owner, number, name, checksum FROM schema_migration ORDER BY 1, 2")
                    .map { try $0.decode(String.self, Int.self, String.self, String.self) }
            }
            #expect(rows.map { "\($0.0) \($0.1) \($0.2)" } == ["notes 1 notes", "notes 2 titles", "tags 1 tags"])
            #expect(rows.map(\.3) == [first, second, other].map(\.checksum))
            await database.close()
        }
    }

    @Test func `an edited migration is refused with both checksums`() async throws {
        let edited = Migration(owner: "notes", number: 1, name: "notes", statements: ["CREATE TABLE note (id TEXT)"])
        let problem = MigrationProblem.changed(
            owner: "notes",
            number: 1,
            name: "notes",
            database: first.checksum,
            program: edited.checksum
        )
        #expect(first.checksum != edited.checksum)
        #expect(try await open([first], [edited]) == .migration(problem))
    }

    @Test func `a database that is newer than the program is refused with both versions`() async throws {
        let problem = MigrationProblem.databaseIsNewer(owner: "notes", database: 2, program: 1)
        #expect(try await open([first, second], [first]) == .migration(problem))
    }

    @Test func `tables of an owner that the program does not know are left alone`() async throws {
        #expect(try await open([first, other], [first, second]) == nil)
    }

    @Test func `numbers count up from one`() async throws {
        let problem = MigrationProblem.misnumbered(owner: "notes", expected: 1, found: 2)
        #expect(try await open([second]) == .migration(problem))
        let again = MigrationProblem.misnumbered(owner: "notes", expected: 2, found: 1)
        #expect(try await open([first, first]) == .migration(again))
    }

    @Test func `a missing record in the middle is a gap`() async throws {
        try await withTemporaryDirectory { directory in
            let configuration = DatabaseConfiguration(.file(directory + "/m.db"))
            let database = try await Database.open(configuration, migrations: [first, second])
            try await database.transaction { _ = try await $0.execute("DELETE FROM schema_migration WHERE number = 1") }
            await database.close()
            let kind = await kind { _ = try await Database.open(configuration, migrations: [first, second]) }
            #expect(kind == .migration(.gap(owner: "notes", missing: 1, database: 2)))
        }
    }

    @Test func `one that fails takes all of its run with it`() async throws {
        let statement: SQL = "ALTER TABLE nothing ADD x TEXT"
        let broken = Migration(owner: "notes", number: 2, name: "broken", statements: [statement])
        #expect(try await open([first, broken]) == .misuse)
        #expect(try await open([first, broken], [first, second]) == nil)
    }

    @Test(arguments: 0..<10) func `those who open a new database at once do the work once`(round: Int) async throws {
        try await withTemporaryDirectory { directory in
            let configuration = DatabaseConfiguration(.file(directory + "/m.db"))
            let migrations = [first, second, other]
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<6 {
                    group.addTask { await (try Database.open(configuration, migrations: migrations)).close() }
                }
                try await group.waitForAll()
            }
        }
    }
}
