import Dispatch
import Glibc
import SQL
import TestSupport
import Testing

/// What was acknowledged is there after the process was killed, and what was not is there wholly or not at all.
@Suite(.timeLimit(.minutes(5)), .serialized) struct CrashTests {
    static let rowsPerTransaction = 5
    static let table = Migration(
        owner: "crash",
        number: 1,
        name: "rows",
        statements: ["CREATE TABLE row (batch INTEGER, part INTEGER, filler TEXT, PRIMARY KEY (batch, part)) STRICT"]
    )

    @Test func `everything acknowledged survives twenty-four kills at random points`() async throws {
        try await withTemporaryDirectory { directory in
            var random = SplitMix(state: 24)
            for round in 1...24 {
                let delay = Int.random(in: 1_000...60_000, using: &random)
                let first = round * 1_000_000
                await #expect(processExitsWith: .signal(SIGKILL)) {
                    [directory = directory as String, delay = delay as Int, first = first as Int] in
                    try await writeUntilKilled(in: directory, from: first, after: UInt32(delay))
                }
                try await verify(in: directory)
            }
            let acknowledged = try acknowledgements(in: directory)
            #expect(acknowledged.count > 24)
        }
    }

    private func verify(in directory: String) async throws {
        let database = try await Database.open(.init(.file(directory + "/crash.db")), migrations: [Self.table])
        let counts = try await database.read { connection in
            #expect(try await connection.query("PRAGMA integrity_check").map(\.values) == [[.text("ok")]])
            return try await connection.query("SELECT batch, count(*) FROM row GROUP BY batch").map {
                try $0.decode(Int.self, Int.self)
            }
        }
        #expect(counts.allSatisfy { $0.1 == Self.rowsPerTransaction })
        let missing = Set(try acknowledgements(in: directory)).subtracting(counts.map(\.0))
        #expect(missing.isEmpty)
        await database.close()
    }
}

/// The child: one transaction after the other, each acknowledged by one `write` of eight bytes.
private func writeUntilKilled(in directory: String, from first: Int, after microseconds: UInt32) async throws {
    let database = try await Database.open(.init(.file(directory + "/crash.db")), migrations: [CrashTests.table])
    let log = open(directory + "/acknowledged", O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC, 0o600)
    DispatchQueue.global().async {
        usleep(microseconds)
        kill(getpid(), SIGKILL)
    }
    for batch in first... {
        try await database.transaction { connection in
            for part in 0..<CrashTests.rowsPerTransaction {
                let filler = String(repeating: "x", count: batch % 3_000)
                try await connection.execute("INSERT INTO row VALUES (\(batch), \(part), \(filler))")
            }
        }
        var acknowledged = Int64(batch)
        guard write(log, &acknowledged, 8) == 8 else { return }
    }
}

private func acknowledgements(in directory: String) throws -> [Int] {
    let descriptor = open(directory + "/acknowledged", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    var found: [Int] = []
    var number: Int64 = 0
    while read(descriptor, &number, 8) == 8 { found.append(Int(number)) }
    return found
}
