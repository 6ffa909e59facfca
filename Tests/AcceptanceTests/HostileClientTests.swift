import ContextCore
import Glibc
import HTTP
import SQL
import TestSupport
import Testing

/// Clients that take their time, at the cost of nobody else.
@Suite(.serialized, .timeLimit(.minutes(5))) struct HostileClientTests {
    private static let halves = [
        "G", "GET /health HTTP/1.1\r\nHost: ro",
        "POST /v1/search HTTP/1.1\r\nHost: roost\r\nContent-Length: 5000\r\n\r\n{",
        "POST /context/multi_turn HTTP/1.1\r\nHost: roost\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{\"que",
    ]

    @Test
    func
        `two hundred connections with half a request each keep nobody from being served, nor the server from stopping`()
        async throws
    {
        let folder = try TemporaryFolder()
        let settings = ServerSettings.withoutModel
            .setting("ROOST_SERVER_TIMEOUTS_DRAIN_SECS", "1")
            .setting("ROOST_SERVER_TIMEOUTS_HEADER_SECS", "600")
            .setting("ROOST_SERVER_TIMEOUTS_BODY_SECS", "600")
        try await Server.with(in: folder, settings) { server in
            let sockets = try (0..<200).map { _ in try RawSocket(port: server.port) }
            for (index, socket) in sockets.enumerated() { socket.send(Self.halves[index % Self.halves.count]) }
            try await expectService(from: server)
            server.process.send(SIGTERM)
            #expect(await server.process.ended() == .exited(0))
            #expect(!server.process.errors.contains("level=error"), "\(server.process.errors)")
        }
    }

    @Test func `half a request is cut off after its time`() async throws {
        let folder = try TemporaryFolder()
        let settings = ServerSettings.withoutModel
            .setting("ROOST_SERVER_TIMEOUTS_HEADER_SECS", "0.3")
            .setting("ROOST_SERVER_TIMEOUTS_BODY_SECS", "0.3")
        try await Server.with(in: folder, settings) { server in
            for half in Self.halves {
                let socket = try RawSocket(port: server.port)
                socket.send(half)
                let answer = try await socket.receiveAll()
                #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 408"), "\(answer)")
            }
            try await expectService(from: server)
        }
    }

    @Test func `an export that nobody reads holds no lock and no other client`() async throws {
        let folder = try TemporaryFolder()
        let settings = ServerSettings.withoutModel.setting("ROOST_SERVER_TIMEOUTS_DRAIN_SECS", "1")
        try await Server.with(in: folder, settings) { server in
            try await fillReports(of: server, in: folder)
            let sockets = try (0..<5).map { _ in try RawSocket(port: server.port, receiveBuffer: 4_096) }
            for socket in sockets {
                socket.send("GET /training_data/export?format=raw HTTP/1.1\r\nHost: roost\r\n\r\n")
            }
            let head = try await sockets[0].receive()
            #expect(String(decoding: head.prefix(12), as: UTF8.self) == "HTTP/1.1 200")
            try await expectService(from: server)
            #expect(try await server.caller.lines("/training_data/export?format=raw").count == Self.reports)
            server.process.send(SIGTERM)
            #expect(await server.process.ended() == .exited(0))
        }
    }

    private static let reports = 120

    /// Far more than the kernel's buffers for a connection hold: one report of 100 KB, and copies of its row.
    private func fillReports(of server: Server, in folder: TemporaryFolder) async throws {
        let turn = try await server.caller.post("/context/multi_turn", ["query": "heron"])
        let response = String(repeating: "A long answer. ", count: 6_600)
        let body: JSONValue = [
            "session_id": try #require(turn["session_id"]), "response": .string(response), "confidence": 0.9,
        ]
        let answer = try await server.caller.post("/feedback/evaluate", body)
        #expect(answer.status == 200)
        let columns: SQL =
            "session, scope, subject, at, turn, query, manifest, response, confidence, gaps, suggested, estimate, metadata"
        let database = try await Database.open(.init(.file(folder.data + "/roost.db")), migrations: [])
        try await database.transaction { connection in
            for _ in 1..<Self.reports {
                try await connection.execute(
                    "INSERT INTO feedback (" + columns + ") SELECT " + columns + " FROM feedback LIMIT 1"
                )
            }
        }
        await database.close()
    }

    private func expectService(from server: Server) async throws {
        let body: JSONValue = ["passages": [["fields": ["practice": "The heron stands in the marsh."]]]]
        #expect(try await server.caller.get("/health").status == 200)
        #expect(try await server.caller.post("/v1/collections/best-practices/passages", body).status == 201)
        #expect(try await server.caller.post("/context/multi_turn", ["query": "heron"]).texts("context_ids").count == 1)
    }
}
