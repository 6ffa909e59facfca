import ContextCore
import HTTP
import TestSupport
import Testing

/// `GET /v1/ws` over a real socket.
@Suite(.serialized, .timeLimit(.minutes(2))) struct SessionSocketTests {
    private func withLive(
        configure: (inout ServerConfiguration) -> Void = { _ in },
        _ body: @Sendable (LiveServer) async throws -> Void
    ) async throws {
        try await withRoost { roost in
            try await withLiveServer(roost, configure: configure) { live in
                try await body(live)
                try await live.expectHealthy()
            }
        }
    }

    /// A unit vector that points along one axis, and a little along the next.
    static func vector(_ axis: Int, count: Int = 384) -> JSONValue {
        var numbers = [JSONValue](repeating: 0, count: count)
        numbers[axis % count] = 1
        numbers[(axis + 1) % count] = 0.25
        return .array(numbers)
    }

    static func upload(_ ids: [JSONValue], owner: Int = 0) -> JSONValue {
        [
            "type": "uploadVectors", "requestId": "u",
            "vectors": .array(
                ids.enumerated().map {
                    ["id": $1, "vector": vector($0), "metadata": ["owner": .number(owner), "place": .number($0)]]
                }
            ),
        ]
    }

    static func search(_ axis: Int, _ members: JSONValue = [:]) -> JSONValue {
        let search: JSONValue = ["type": "searchVectors", "requestId": "s", "queryVector": vector(axis)]
        return search.with(members)
    }

    @Test func `the greeting tells the session and its limits`() async throws {
        try await withLive { live in
            let greeting = try await SocketClient(port: live.port).receive()
            #expect(greeting["type"] == "connected" && greeting["sessionId"].isString && greeting["ragEnabled"] == true)
            #expect(greeting["limits"]["maxVectors"] == 100_000 && greeting["limits"]["maxBatchSize"] == 1_000)
            #expect(greeting["limits"]["maxMetadataBytes"] == 10_240 && greeting["limits"]["dimensions"] == 384)
            #expect(greeting["limits"]["maxMessageBytes"] == .number(16 << 20))
        }
    }

    @Test func `vectors are uploaded, found, replaced and deleted, in the order of the messages`() async throws {
        try await withLive { live in
            let client = try await SocketClient.greeted(port: live.port)
            #expect(
                try await client.ask(["type": "session_init", "id": 9, "sessionId": "mine", "enableRag": true])
                    == ["type": "session_init_ack", "id": 9, "sessionId": "mine", "ragEnabled": true]
            )
            // Sent without waiting: each sees what was sent before it.
            try await client.send(Self.search(0))
            try await client.send(Self.upload(["a", "b", 3]))
            try await client.send(Self.search(1, ["k": 2, "threshold": 0.2, "metadataFilter": .null]))
            try await client.send(["type": "deleteVectors", "requestId": "d", "ids": [3, "3", "zz"]])
            try await client.send(Self.search(2, ["metadataFilter": ["place": ["$gte": 1]]]))
            let empty = try await client.receive()
            #expect(empty["results"] == [] && empty["totalVectors"] == 0 && empty["requestId"] == "s")
            #expect(
                try await client.receive()
                    == ["type": "uploadVectorsResult", "requestId": "u", "uploaded": 3, "rejected": 0, "errors": []]
            )
            let found = try await client.receive()
            #expect(found["results"].elements.map { $0["id"] } == ["b", 3] && found["totalVectors"] == 3)
            #expect(abs((found["results"][0]["score"].number ?? 0) - 1) < 1e-6)
            #expect(found["results"][0]["metadata"] == ["owner": 0, "place": 1])
            #expect(found["searchTimeMs"].number != nil)
            #expect(try await client.receive() == ["type": "deleteVectorsResult", "requestId": "d", "deleted": 1])
            let rest = try await client.receive()
            #expect(rest["results"].elements.map { $0["id"] } == ["b"] && rest["totalVectors"] == 2)
            _ = try await client.ask(Self.upload(["only"]).with(["replace": true]))
            #expect(try await client.ask(Self.search(0))["totalVectors"] == 1)
            #expect(try await client.ask(["type": "ping", "requestId": "p"]) == ["type": "pong", "requestId": "p"])
            try await client.close()
        }
    }

    @Test func `bad input is answered in words and closes nothing`() async throws {
        try await withLive { live in
            let client = try await SocketClient.greeted(port: live.port)
            let many = Self.upload((0..<1_001).map { .number($0) })
            let refused = try await client.ask(many)
            #expect(
                refused["error"] == "Upload batch size too large: 1001 vectors (max: 1000)"
                    && refused["requestId"] == "u"
            )
            for count in [383, 385] {
                let message: JSONValue = [
                    "type": "uploadVectors", "vectors": [["id": "v", "vector": Self.vector(0, count: count)]],
                ]
                let errors = try await client.ask(message)["errors"]
                #expect(errors == [.string("Vector v: Invalid dimensions: expected 384, got \(count)")])
            }
            #expect(try await client.ask(Self.upload(["same", "same"]))["uploaded"] == 2)
            #expect(try await client.ask(Self.search(1))["results"].elements.map { $0["metadata"]["place"] } == [1])
            for (members, word) in [
                (["k": 0], "k must be"), (["k": 101], "k must be"), (["threshold": -1], "threshold must be"),
                (["threshold": 2], "threshold must be"), (["metadataFilter": ["a": ["$like": 1]]], "$like"),
            ] as [(JSONValue, String)] {
                let answer = try await client.ask(Self.search(0, members))
                #expect(answer["type"] == "error" && answer["requestId"] == "s" && answer["code"] == "invalid_request")
                #expect(answer["error"].stringValue?.contains(word) == true)
            }
            for text in [
                "", "{", "[]", "nonsense", #"{"type":"uploadVectors","vectors":[{"id":"#, "\u{FEFF}{}", "{} {}",
            ] {
                #expect(try await client.ask(text: text)["code"] == "invalid_json", "\(text)")
            }
            try await client.send(frame: SocketClient.frame(0x82, [0, 1, 2]))
            #expect(try await client.receive()["code"] == "unsupported_media_type")
            #expect(try await client.ask(Self.search(0))["totalVectors"] == 1)
        }
    }

    @Test func `metadata of exactly the limit is stored, one byte more is refused alone`() async throws {
        try await withLive { live in
            let client = try await SocketClient.greeted(port: live.port)
            func vector(_ bytes: Int) -> JSONValue {
                let text = String(repeating: "x", count: bytes - #"{"t":""}"#.utf8.count)
                return ["id": .number(bytes), "vector": Self.vector(0), "metadata": ["t": .string(text)]]
            }
            let answer = try await client.ask(["type": "uploadVectors", "vectors": [vector(10_240), vector(10_241)]])
            #expect(answer["uploaded"] == 1 && answer["rejected"] == 1)
            #expect(answer["errors"] == ["Vector 10241: Metadata too large: 10241 bytes (max: 10240 bytes)"])
        }
    }

    @Test func `invalid UTF-8 closes with 1007 and a message over the limit with 1009, as RFC 6455 says`() async throws
    {
        try await withLive(configure: { $0.limits.webSocketMessage = 1 << 20 }) { live in
            let broken = try await SocketClient.greeted(port: live.port)
            try await broken.send(frame: SocketClient.frame(0x81, [0x22, 0xC3, 0x28, 0x22]))
            #expect(try await broken.closeCode() == 1007)
            let large = try await SocketClient.greeted(port: live.port)
            try await large.send(frame: SocketClient.frame(0x81, [UInt8](repeating: 0x20, count: 1 << 20 + 1)))
            #expect(try await large.closeCode() == 1009)
        }
    }

    @Test func `half a message and then silence ends with the socket's patience, and holds nobody up`() async throws {
        try await withLive(configure: { $0.timeouts.webSocketIdle = .seconds(1) }) { live in
            let silent = try await SocketClient.greeted(port: live.port)
            _ = try await silent.ask(Self.upload(["a"]))
            try await silent.send(frame: Array(SocketClient.frame(0x81, Array(#"{"type":"ping"}"#.utf8)).prefix(9)))
            let other = try await SocketClient.greeted(port: live.port)
            #expect(try await other.ask(["type": "ping"]) == ["type": "pong"])
            try await live.expectSockets(0)
        }
    }

    @Test func `a client that doesn't read its answers holds nobody up`() async throws {
        try await withLive { live in
            let deaf = try await SocketClient(port: live.port, receiveBuffer: 4_096)
            let text = JSONValue.string(String(repeating: "x", count: 10_000))
            let vectors = (0..<100).map { id -> JSONValue in
                ["id": .number(id), "vector": Self.vector(id), "metadata": ["t": text]]
            }
            try await deaf.send(["type": "uploadVectors", "vectors": .array(vectors)])
            // Each is answered with a megabyte.
            for _ in 0..<20 { try await deaf.send(Self.search(0, ["k": 100])) }
            let other = try await SocketClient.greeted(port: live.port)
            for _ in 0..<20 {
                _ = try await other.ask(Self.upload(["a", "b"]))
                #expect(try await other.ask(Self.search(0))["totalVectors"] == 2)
            }
            #expect(try await deaf.receive()["type"] == "connected")
        }
    }

    @Test(
        arguments: [
            (nil, 426), ("http://localhost:3000", 426), ("https://127.0.0.1", 426), ("http://[::1]:80", 426),
            ("https://evil.example", 403), ("http://localhost.evil.example", 403),
            ("http://127.0.0.1:80.evil.example", 403),
            ("null", 403), ("", 403),
        ] as [(String?, Int)]
    )
    func `a page from elsewhere may not open a socket`(origin: String?, status: Int) async throws {
        try await withLive { live in
            // 426: it may, if it upgrades.
            let answer = try await live.send(.get, "/v1/ws", headers: origin.map { ["Origin": $0] } ?? [:])
            #expect(answer.status == status)
            answer.expectErrorForm()
        }
    }

    @Test func `two hundred sockets with equal ids never see each other's vectors, and leave nothing behind`()
        async throws
    {
        try await withLive { live in
            var clients: [SocketClient] = []
            for number in 0..<200 {
                let client = try await SocketClient.greeted(port: live.port)
                _ = try await client.ask(["type": "session_init", "id": 1, "sessionId": "same"])
                _ = try await client.ask(Self.upload(["a", "b"], owner: number))
                clients.append(client)
            }
            for (number, client) in clients.enumerated() {
                let found = try await client.ask(Self.search(0, ["k": 100]))
                #expect(found["totalVectors"] == 2)
                #expect(
                    found["results"].elements.map { $0["metadata"]["owner"] } == [.number(number), .number(number)]
                )
            }
            for client in clients.prefix(100) { try await client.close() }
            for client in clients.dropFirst(100) { client.reset() }
            clients = []
            try await live.expectSockets(0)
        }
    }
}

extension LiveServer {
    /// Waits until so many session sockets are open; the suite's time limit is the patience.
    ///
    /// Without any, no memory of theirs is left.
    func expectSockets(_ count: Int) async throws {
        for name in ["session_sockets", "session_vector_sessions"] {
            try await eventually { try await metric(name) == count }
        }
        if count == 0 { try await eventually { try await metric("session_vector_bytes") == 0 } }
    }

    private func metric(_ name: String) async throws -> Int? {
        let lines = try await send(.get, "/metrics").text.split(separator: "\n")
        return lines.first { $0.hasPrefix(name + " ") }?.split(separator: " ").last.flatMap { Int($0) }
    }
}
