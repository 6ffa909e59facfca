import ContextCore
import Glibc
import HTTP
import SQL
import TestSupport
import Testing

/// What keeps a server from starting is said in one sentence; what need not, does not.
@Suite(.serialized, .timeLimit(.minutes(5))) struct StartUpTests {
    @Test(arguments: ["0.0.0.0", "::", "192.0.2.7", "example.org"])
    func `a host that others can reach is refused without authentication`(host: String) async throws {
        let result = try await serve(["--host", host], in: TemporaryFolder())
        expectRefusal(result, "server.host is \(host), which others can reach, and no authentication is configured")
    }

    @Test func `an unknown configuration key is named with the one that was probably meant`() async throws {
        let folder = try TemporaryFolder()
        let file = folder.newFile("json")
        try Files.write(#"{"server": {"prot": 8092}}"#, to: file)
        expectRefusal(
            try await serve(["--config", file], in: folder),
            "Unknown key “server.prot” in \(file). Did you mean “server.port”?"
        )
    }

    @Test func `a setting out of its range is refused with the range`() async throws {
        let folder = try TemporaryFolder()
        let result = try await serve([], in: folder, ["ROOST_SERVER_IO_THREADS": "0"])
        expectRefusal(result, "server.io_threads is 0 (environment ROOST_SERVER_IO_THREADS): expected")
    }

    @Test func `an option that is not understood ends with 2`() async throws {
        let result = try await serve(["--prot", "1"], in: TemporaryFolder())
        #expect(result.ending == .exited(2))
        #expect(result.errors.contains("--prot"))
    }

    @Test func `a data directory that can't be is refused with its path`() async throws {
        let folder = try TemporaryFolder()
        try Files.write("not a directory", to: folder.data)
        expectRefusal(try await serve([], in: folder), folder.data)
        let elsewhere = try await RoostProcess.run(["serve", "--port", "0", "--data", "/proc/roost/data"], in: folder)
        expectRefusal(elsewhere, "/proc/roost")
    }

    @Test(.enabled(if: geteuid() != 0, "everything is writable for root"))
    func `a data directory that can't be written to is refused with its path`() async throws {
        let folder = try TemporaryFolder()
        mkdir(folder.data, 0o500)
        expectRefusal(try await serve([], in: folder), folder.data)
    }

    @Test func `a port that is taken is refused with its number`() async throws {
        let folder = try TemporaryFolder()
        try await Server.with(in: folder, .withoutModel) { server in
            let result = try await serve(["--port", "\(server.port)"], in: TemporaryFolder())
            expectRefusal(result, "\(server.port)")
        }
    }

    private func serve(
        _ arguments: [String],
        in folder: TemporaryFolder,
        _ variables: [String: String] = [:]
    ) async throws -> RoostProcess.Result {
        let port = arguments.contains("--port") ? [] : ["--port", "0"]
        return try await RoostProcess.run(
            ["serve", "--data", folder.data] + port + arguments,
            environment: ServerSettings.withoutModel.variables.merging(variables) { $1 },
            in: folder
        )
    }

    private func expectRefusal(
        _ result: RoostProcess.Result,
        _ words: String,
        _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(result.ending == .exited(1), sourceLocation: location)
        #expect(result.output.isEmpty, sourceLocation: location)
        #expect(result.errors.contains(words), "\(result.errors)", sourceLocation: location)
        #expect(!result.errors.contains("Fatal error"), "\(result.errors)", sourceLocation: location)
        let sentences = result.errors.split(separator: "\n").filter { $0.hasPrefix("roost: ") }
        #expect(sentences.count == 1, "\(result.errors)", sourceLocation: location)
    }
}

/// Files that are not what they were.
extension StartUpTests {
    @Test func `a file that is no database is refused and left as it is`() async throws {
        let folder = try TemporaryFolder()
        mkdir(folder.data, 0o700)
        let garbage = Array(repeating: Array("This is no database. ".utf8), count: 500).flatMap(\.self)
        try Files.write(garbage, to: folder.data + "/roost.db")
        expectRefusal(try await serve([], in: folder), "the database file is damaged")
        #expect(try Files.bytes(of: folder.data + "/roost.db") == garbage)
    }

    @Test func `a database with damaged pages never crashes the program`() async throws {
        let folder = try TemporaryFolder()
        try await fill(folder)
        let whole = try Files.bytes(of: folder.data + "/roost.db")
        var random = SeededGenerator(seed: 5)
        for _ in 0..<12 {
            var damaged = whole
            for _ in 0..<40 {
                damaged[Int.random(in: 100..<whole.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            try Files.write(damaged, to: folder.data + "/roost.db")
            unlink(folder.data + "/index.snapshot")
            let result = try await RoostProcess.run(
                ["status", "--data", folder.data],
                environment: ServerSettings.withoutModel.variables,
                in: folder
            )
            #expect(result.ending == .exited(0) || result.ending == .exited(1), "\(result.errors)")
            #expect(result.ending == .exited(0) || result.errors.hasPrefix("roost: "), "\(result.errors)")
        }
    }

    @Test func `a database of a newer version is refused`() async throws {
        let folder = try TemporaryFolder()
        try await fill(folder)
        let database = try await Database.open(.init(.file(folder.data + "/roost.db")), migrations: [])
        try await database.transaction { connection in
            try await connection.execute(
                """
                INSERT INTO schema_migration (owner, number, name, checksum, applied_at)
                VALUES ('retrieval', 99, 'of the future', '0', 0)
                """
            )
        }
        await database.close()
        expectRefusal(try await serve([], in: folder), "the database is newer than the program")
    }

    @Test func `a damaged snapshot is noticed wherever the damage is, and the index built anew`() async throws {
        let folder = try TemporaryFolder()
        try await fill(folder)
        let path = folder.data + "/index.snapshot"
        let whole = try Files.bytes(of: path)
        var random = SeededGenerator(seed: 3)
        for attempt in 0..<16 {
            var damaged = whole
            switch attempt {
            case 0: damaged = []
            case 1: damaged.removeLast(whole.count / 2)
            case 2: damaged += [0]
            // The revision, the keys and the first of what follows them.
            case 3..<8:
                damaged[Int.random(in: 12..<200, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            default:
                damaged[Int.random(in: 12..<whole.count, using: &random)] ^=
                    1 << UInt8.random(in: 0..<8, using: &random)
            }
            try Files.write(damaged, to: path)
            try await Server.with(in: folder, .withoutModel) { server in
                #expect(server.process.errors.contains("building the index anew"), "attempt \(attempt)")
                try await expectAll(from: server)
            }
        }
    }

    private static let passages = 60

    private func fill(_ folder: TemporaryFolder) async throws {
        try await Server.with(in: folder, .withoutModel) { server in
            var random = SeededGenerator(seed: 1)
            let passages = (0..<Self.passages).map { index -> JSONValue in
                [
                    "id": .string("p\(index)"),
                    "fields": ["practice": .string("\(Words.marker("s", 1)) \(Words.sentence(20, using: &random))")],
                    "metadata": ["shelf": .string(index.isMultiple(of: 2) ? "left" : "right")],
                ]
            }
            let body: JSONValue = ["passages": .array(passages)]
            let answer = try await server.caller.post("/v1/collections/best-practices/passages", body)
            #expect(answer.status == 201)
            server.process.send(SIGTERM)
            #expect(await server.process.ended() == .exited(0))
        }
    }

    private func expectAll(from server: Server) async throws {
        for (filter, count) in [(JSONValue.null, 60), (["shelf": "left"], 30), (["shelf": "right"], 30)] {
            let query: JSONValue = [
                "query": .string(Words.marker("s", 1)), "mode": "keyword", "limit": 100,
                "collections": ["best-practices"],
                "filter": filter,
            ]
            #expect(try await server.caller.post("/v1/search", query).objects("results").count == count)
        }
        #expect(try await server.caller.get("/ready").number("passages") == Self.passages)
    }
}
