import SQL
import Testing

/// What every driver must do: each check gets an opened, empty database.
struct DatabaseConformance: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let run: @Sendable (Database) async throws -> Void

    init(_ description: String, _ run: @escaping @Sendable (Database) async throws -> Void) {
        testDescription = description
        self.run = run
    }

    static let all = values + statements + transactions + lending
}

@Suite struct DatabaseConformanceTests {
    @Test(arguments: DatabaseConformance.all)
    func `a SQLite file`(conforms: DatabaseConformance) async throws {
        try await withDatabase { try await conforms.run($0) }
    }

    @Test(arguments: DatabaseConformance.all)
    func `SQLite in memory`(conforms: DatabaseConformance) async throws {
        let database = try await Database.open(DatabaseConfiguration(.memory), migrations: [])
        try await conforms.run(database)
        await database.close()
    }
}

extension DatabaseConformance {
    private static let values = [
        DatabaseConformance("every value comes back as it went in") { database in
            let long = String(repeating: "x", count: 1_000_000)
            let texts = ["", "plain", "NUL \u{0} inside", "\u{0}", "e\u{301} 🪺", long]
            let blobs: [[UInt8]] = [[], [0], Array(0...255), Array(repeating: 7, count: 10_000_000)]
            let integers: [Int64] = [.min, -1, 0, .max]
            let reals = [-0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, .infinity]
            var values = [SQL.Value.null] + integers.map(SQL.Value.integer) + reals.map(SQL.Value.real)
            values += texts.map(SQL.Value.text) + blobs.map(SQL.Value.blob)
            try await database.transaction { [values] connection in
                for value in values {
                    let found = try await connection.query("SELECT \(value)").map(\.values)
                    #expect(found == [[value]])
                }
            }
        },
        DatabaseConformance("NaN is refused and the transaction goes on") { database in
            try await database.transaction { connection in
                #expect(await kind { _ = try await connection.query("SELECT \(Double.nan)") } == .misuse)
                expect(try await connection.query("SELECT \(1.5)").first?.values, equals: [.real(1.5)])
            }
        },
        DatabaseConformance("IN takes lists of any length, the empty one too") { database in
            try await createNotes(in: database, count: 5)
            func count(_ ids: [Int64], in connection: DatabaseConnection) async throws -> [Int] {
                let inside = try await connection.query("SELECT id FROM note WHERE id IN (\(list: ids))")
                let outside = try await connection.query("SELECT id FROM note WHERE id NOT IN (\(list: ids))")
                return [inside.count, outside.count]
            }
            try await database.read { connection in
                expect(try await count([], in: connection), equals: [0, 5])
                expect(try await count([3], in: connection), equals: [1, 4])
                expect(try await count([1, 2, 9], in: connection), equals: [2, 3])
                expect(try await count(Array(1...3_000), in: connection), equals: [5, 0])
                let texts = try await connection.query("SELECT id FROM note WHERE text IN (\(list: ["n1", "n4"]))")
                #expect(texts.count == 2)
                let none = try await connection.query("SELECT id FROM note WHERE text IN (\(list: [String]()))")
                #expect(none.isEmpty)
            }
        },
    ]

    private static let statements = [
        DatabaseConformance("execute counts the rows that it changed itself") { database in
            try await createNotes(in: database, count: 5)
            try await database.transaction { connection in
                expect(try await connection.execute("UPDATE note SET text = text || 'x' WHERE id > \(2)"), equals: 3)
                expect(try await connection.execute("CREATE TABLE other (id INTEGER)"), equals: 0)
                expect(try await connection.execute("SELECT 1"), equals: 0)
                expect(try await connection.execute("DELETE FROM note"), equals: 5)
            }
        },
        DatabaseConformance("RETURNING gives rows and changes them") { database in
            try await createNotes(in: database, count: 1)
            let ids = try await database.transaction { connection in
                try await connection.query("INSERT INTO note (text) VALUES ('a'), ('b') RETURNING id")
                    .map { try $0.decode(Int.self) }
            }
            #expect(ids == [2, 3])
        },
        DatabaseConformance("forEach streams, nests, and stops where its body throws") { database in
            struct Enough: Error {}
            try await createNotes(in: database, count: 4)
            try await database.read { connection in
                var pairs: [[Int]] = []
                let ids: SQL = "SELECT id FROM note ORDER BY id"
                await #expect(throws: Enough.self) {
                    try await connection.forEach(ids) { outer in
                        try await connection.forEach(ids) { inner in
                            pairs.append([try outer.decode(Int.self), try inner.decode(Int.self)])
                        }
                        if pairs.count == 8 { throw Enough() }
                    }
                }
                #expect(pairs == [[1, 1], [1, 2], [1, 3], [1, 4], [2, 1], [2, 2], [2, 3], [2, 4]])
                expect(try await connection.query(ids).count, equals: 4)
            }
        },
        DatabaseConformance("broken constraints are told apart") { database in
            try await createNotes(in: database, count: 1)
            let cases: [(SQL, SQLError.Constraint)] = [
                ("INSERT INTO note (id, text) VALUES (1, 'again')", .primaryKey),
                ("INSERT INTO note (text) VALUES ('n1')", .unique),
                ("INSERT INTO note (text) VALUES (\(String?.none))", .notNull),
                ("INSERT INTO note (text) VALUES ('')", .check),
                ("INSERT INTO note (text, parent) VALUES ('orphan', 99)", .foreignKey),
                ("INSERT INTO note (text) VALUES (\([UInt8]([1])))", .dataType),
            ]
            for (statement, constraint) in cases {
                let kind = await kind { try await database.transaction { _ = try await $0.execute(statement) } }
                #expect(kind == .constraint(constraint))
            }
        },
        DatabaseConformance("an error shows the statement and never a binding") { database in
            let error = await #expect(throws: SQLError.self) {
                try await database.read { connection in
                    _ = try await connection.query("SELECT secret FROM nowhere WHERE key = \("hunter2")")
                }
            }
            #expect(error?.kind == .misuse)
            #expect(error?.statement == "SELECT secret FROM nowhere WHERE key = ?")
            #expect(error?.description.contains("hunter2") == false)
            #expect(error?.isRetryable == false)
        },
    ]

    private static let transactions = [
        DatabaseConformance("a body that throws leaves nothing behind") { database in
            struct Regret: Error {}
            try await createNotes(in: database, count: 1)
            await #expect(throws: Regret.self) {
                try await database.transaction { connection in
                    try await connection.execute("DELETE FROM note")
                    throw Regret()
                }
            }
            expect(try await noteCount(in: database), equals: 1)
        },
        DatabaseConformance("a cancelled body leaves nothing behind, even if it returns") { database in
            try await createNotes(in: database, count: 1)
            let task = Task {
                try await database.transaction { connection in
                    try await connection.execute("DELETE FROM note")
                    withUnsafeCurrentTask { $0?.cancel() }
                }
            }
            await #expect(throws: CancellationError.self) { try await task.value }
            expect(try await noteCount(in: database), equals: 1)
        },
        DatabaseConformance("a statement after cancellation is not run") { database in
            try await createNotes(in: database, count: 1)
            let task = Task {
                try await database.transaction { connection in
                    withUnsafeCurrentTask { $0?.cancel() }
                    await #expect(throws: CancellationError.self) { try await connection.execute("DELETE FROM note") }
                }
            }
            await #expect(throws: CancellationError.self) { try await task.value }
        },
        DatabaseConformance("a statement that fails does not end the transaction") { database in
            try await createNotes(in: database, count: 1)
            try await database.transaction { connection in
                try await connection.execute("INSERT INTO note (text) VALUES ('kept')")
                let failed = await kind { try await connection.execute("INSERT INTO note (text) VALUES ('n1')") }
                #expect(failed == .constraint(.unique))
            }
            expect(try await noteCount(in: database), equals: 2)
        },
        DatabaseConformance("an error in the commit is thrown and nothing is kept") { database in
            try await database.transaction { connection in
                try await connection.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
                try await connection.execute(
                    "CREATE TABLE child (p INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)"
                )
            }
            let failed = await kind {
                try await database.transaction { _ = try await $0.execute("INSERT INTO child VALUES (1)") }
            }
            #expect(failed == .constraint(.foreignKey))
            let rows = try await database.read { try await $0.query("SELECT * FROM child") }
            #expect(rows.isEmpty)
        },
    ]

    private static let lending = [
        DatabaseConformance("a read cannot write") { database in
            try await createNotes(in: database, count: 1)
            let kind = await kind { try await database.read { _ = try await $0.execute("DELETE FROM note") } }
            #expect(kind == .readOnly)
            expect(try await noteCount(in: database), equals: 1)
        },
        DatabaseConformance("a connection is dead after its body") { database in
            var kept: DatabaseConnection?
            try await database.read { kept = $0 }
            let connection = try #require(kept)
            #expect(await kind { _ = try await connection.query("SELECT 1") } == .notOpen)
        },
        DatabaseConformance("a body that asks for a second connection is refused and not left to wait") { database in
            let kinds = try await database.transaction { _ in
                [
                    await kind { try await database.transaction { _ in } },
                    await kind { try await database.read { _ in } },
                ]
            }
            #expect(kinds == [.misuse, .misuse])
        },
        DatabaseConformance("after close everything is refused") { database in
            await database.close()
            #expect(await kind { try await database.read { _ in } } == .notOpen)
            #expect(await kind { try await database.transaction { _ in } } == .notOpen)
            await database.close()
        },
    ]
}

/// Like `#expect(found == expected)`, which may not hold a `try` of its own in these closures.
private func expect<Value: Equatable>(
    _ found: Value,
    equals expected: Value,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(found == expected, sourceLocation: sourceLocation)
}

private func createNotes(in database: Database, count: Int) async throws {
    try await database.transaction { connection in
        try await connection.execute(
            """
            CREATE TABLE note (
                id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE CHECK (text <> ''), parent INTEGER REFERENCES note (id)
            ) STRICT
            """
        )
        for number in 1...count {
            try await connection.execute("INSERT INTO note (id, text) VALUES (\(number), \("n\(number)"))")
        }
    }
}

private func noteCount(in database: Database) async throws -> Int {
    try await database.read { connection in
        try #require(await connection.query("SELECT count(*) FROM note").first).decode(Int.self)
    }
}
