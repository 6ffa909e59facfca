import HTTP
import Runtime
import Testing

/// How a WebSocket begins (RFC 6455 section 4.2), or doesn't.
@Suite(.timeLimit(.minutes(1))) struct WebSocketHandshakeTests {
    private static let router = Router.echo { router in
        router.get("/socket") { _, _ in
            .webSocket { socket in while await socket.receive() != nil {} }
        }
        router.get("/chat") { _, _ in
            .webSocket(subprotocol: "chat.v2") { socket in while await socket.receive() != nil {} }
        }
    }

    private static let good = [
        "Host: x", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
    ]

    private static func answer(
        _ port: UInt16,
        _ method: String = "GET",
        version: String = "1.1",
        without: String? = nil,
        with field: String = "X-Nothing: 1"
    ) async throws -> AnswerReader.Answer {
        let connection = try RawConnection(port: port)
        let fields = good.filter { line in without.map { !line.hasPrefix($0) } ?? true } + [field]
        let lines = ["\(method) /socket HTTP/\(version)"] + fields
        try await connection.send(lines.joined(separator: "\r\n") + "\r\n\r\n")
        var reader = AnswerReader(connection)
        return try await reader.next()
    }

    private static func expect(
        _ status: Int,
        _ port: UInt16,
        _ method: String = "GET",
        version: String = "1.1",
        without: String? = nil,
        with field: String = "X-Nothing: 1",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let answer = try await answer(port, method, version: version, without: without, with: field)
        #expect(answer.status == status, sourceLocation: sourceLocation)
    }

    @Test func `a key must be there, once, and hold 16 bytes`() async throws {
        let key = "Sec-WebSocket-Key"
        try await withServer(Self.router) { _, port in
            try await Self.expect(101, port)
            try await Self.expect(400, port, without: key)
            for value in [
                "", "AAAA", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQAA", "*GhlIHNhbXBsZSBub25jZQ==",
            ] {
                let answer = try await Self.answer(port, without: key, with: "\(key): \(value)")
                #expect(answer.status == 400, "\(value)")
            }
            try await Self.expect(400, port, with: "\(key): dGhlIHNhbXBsZSBub25jZQ==")
        }
    }

    @Test func `another version is told which one is spoken`() async throws {
        let version = "Sec-WebSocket-Version"
        try await withServer(Self.router) { _, port in
            for with in [["\(version): 8"], ["\(version): 0"], ["\(version): 14"], ["\(version): thirteen"], []] {
                let answer = try await Self.answer(port, without: version, with: with.first ?? "X-Nothing: 1")
                #expect(answer.status == 426)
                #expect(answer.headers["sec-websocket-version"] == "13")
                #expect(answer.headers["upgrade"] == "websocket")
                #expect(answer.headers["connection"] == "upgrade")
            }
        }
    }

    @Test func `what doesn't ask for an upgrade is told to, and the connection serves on`() async throws {
        try await withServer(Self.router) { _, port in
            for without in ["Upgrade", "Connection"] {
                let answer = try await Self.answer(port, without: without)
                #expect(answer.status == 426)
                #expect(answer.headers["upgrade"] == "websocket")
            }
            let other = try await Self.answer(port, without: "Upgrade", with: "Upgrade: h2c")
            #expect(other.status == 426)
            try await Self.expect(426, port, version: "1.0")
            try await Self.expect(405, port, "POST", with: "Content-Length: 0")
            let several = try await Self.answer(port, without: "Upgrade", with: "Upgrade: h2c, WebSocket")
            #expect(several.status == 101)
        }
    }

    @Test func `a subprotocol is named when the client has offered it, and only then`() async throws {
        let name = "Sec-WebSocket-Protocol"
        try await withServer(Self.router) { _, port in
            for offer in [
                "\(name): chat.v2\r\n", "\(name): chat.v1,chat.v2\r\n", "\(name): a\r\n\(name): b, chat.v2\r\n",
            ] {
                let client = try await WebSocketClient(port: port, "/chat", fields: offer)
                #expect(client.headers["sec-websocket-protocol"] == "chat.v2")
            }
            for offer in ["", "\(name): chat.v1\r\n", "\(name): CHAT.V2\r\n", "\(name): chat.v22\r\n"] {
                let client = try await WebSocketClient(port: port, "/chat", fields: offer)
                #expect(client.headers["sec-websocket-protocol"] == nil)
            }
            let client = try await WebSocketClient(port: port, "/socket", fields: "\(name): chat.v2\r\n")
            #expect(client.headers["sec-websocket-protocol"] == nil)
        }
    }

    @Test func `frames before the answer to the handshake end the connection`() async throws {
        try await withServer(Self.router) { _, port in
            let connection = try RawConnection(port: port)
            let request = (["GET /socket HTTP/1.1"] + Self.good).joined(separator: "\r\n") + "\r\n\r\n"
            try await connection.send(Array(request.utf8) + WebSocketClient.frame(1, [0x61]))
            #expect(try await connection.receiveAll() == "")
        }
    }
}
