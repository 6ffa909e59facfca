import ContextCore
import Glibc
import HTTP
import SQL
import TestSupport
import Testing

/// SIGTERM: what was asked is answered, nothing new is taken, and the next start has nothing to do.
@Suite(.serialized, .timeLimit(.minutes(5))) struct StopTests {
    private static let inFlight = 6

    @Test func `what is under way is answered, new connections are refused, and the snapshot holds everything`()
        async throws
    {
        let folder = try TemporaryFolder()
        try await Server.with(in: folder, .withoutModel) { server in
            try await stop(server, with: Self.inFlight)
        }
        let stored = try await StoredTables.read(in: folder).ids["best-practices", default: []]
        #expect(stored.count == Self.inFlight * Self.passages)
        try await checkSnapshot(in: folder)
    }

    @Test func `the next start takes the snapshot as it is`() async throws {
        let folder = try TemporaryFolder()
        for round in 0..<6 {
            let settings = ServerSettings.withoutModel.setting("ROOST_LOG_LEVEL", "debug")
            try await Server.with(in: folder, settings) { server in
                let opening = server.process.errors.split(separator: "\n").filter { $0.contains("opened the index") }
                #expect(opening.count == 1)
                #expect(
                    round == 0 || opening.allSatisfy { $0.contains("from=snapshot") && $0.contains("changes=0") },
                    "\(opening)"
                )
                _ = try await server.caller.post("/v1/collections/best-practices/passages", Self.batch(round, count: 5))
                server.process.send(SIGTERM)
                #expect(await server.process.ended() == .exited(0))
            }
            try await checkSnapshot(in: folder)
        }
    }

    @Test func `an unfinished request does not hold up the stop beyond its limit`() async throws {
        let folder = try TemporaryFolder()
        let settings = ServerSettings.withoutModel.setting("ROOST_SERVER_TIMEOUTS_DRAIN_SECS", "0.5")
        try await Server.with(in: folder, settings) { server in
            let socket = try RawSocket(port: server.port)
            socket.send("POST /v1/search HTTP/1.1\r\nHost: roost\r\nContent-Length: 100\r\n\r\n{\"query\"")
            server.process.send(SIGTERM)
            #expect(await server.process.ended() == .exited(0))
        }
        try await checkSnapshot(in: folder)
    }

    private static let passages = 400

    private static func batch(_ number: Int, count: Int) -> JSONValue {
        var random = SeededGenerator(seed: UInt64(number))
        let passages = (0..<count).map { index -> JSONValue in
            ["id": .string("b\(number)-\(index)"), "fields": ["practice": .string(Words.sentence(30, using: &random))]]
        }
        return ["passages": .array(passages)]
    }

    private func stop(_ server: Server, with count: Int) async throws {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<count {
                group.addTask {
                    try await server.caller.post(
                        "/v1/collections/best-practices/passages",
                        Self.batch(number, count: Self.passages)
                    ).status
                }
            }
            // The request that asks is under way itself.
            try await eventually { try await underWay(server) > count }
            server.process.send(SIGTERM)
            try await waitUntilRefused(server.port)
            for try await status in group { #expect(status == 201) }
        }
        #expect(await server.process.ended() == .exited(0))
        #expect(!server.process.errors.contains("level=error"), "\(server.process.errors)")
    }

    private func underWay(_ server: Server) async throws -> Int {
        let line = try await server.caller.lines("/metrics").first { $0.hasPrefix("http_requests_in_flight ") }
        return try #require(line.flatMap { Int($0.split(separator: " ")[1]) })
    }

    private func waitUntilRefused(_ port: UInt16) async throws {
        while true {
            do {
                _ = try RawSocket(port: port)
                try await Task.sleep(for: .milliseconds(5))
            } catch let refused as RawSocket.Refused {
                #expect(refused.code == ECONNREFUSED)
                return
            }
        }
    }

    /// Its revision stands behind the library's id (its length and 32 digits), the mark, the magic number, the version and
    /// the model's name.
    private func checkSnapshot(in folder: TemporaryFolder) async throws {
        let bytes = Array(try Files.bytes(of: folder.data + "/index.snapshot").dropFirst(4 + 32 + 8))
        let name = Int(
            bytes.withUnsafeBytes { UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: 12, as: UInt32.self)) }
        )
        let revision = bytes.withUnsafeBytes {
            Int64(littleEndian: $0.loadUnaligned(fromByteOffset: 16 + name, as: Int64.self))
        }
        let database = try await Database.open(.init(.file(folder.data + "/roost.db")), migrations: [])
        let stored = try await database.read { connection in
            try await connection.query("SELECT COALESCE(MAX(revision), 0) FROM passage_change").map {
                try $0.decode(Int64.self)
            }
        }
        await database.close()
        #expect(stored == [revision])
    }
}
