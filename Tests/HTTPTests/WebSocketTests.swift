import HTTP
import Runtime
import Testing

/// WebSocket (RFC 6455) against the real server, frame by frame.
@Suite(.timeLimit(.minutes(5))) struct WebSocketTests {
    private static let router = Router.echo { router in
        router.get("/echo-socket") { _, _ in
            .webSocket { socket in
                while let message = await socket.receive() {
                    if message.text == "bye" { return socket.close(4001, reason: "bye") }
                    try await socket.send(message)
                }
            }
        }
        router.get("/broken-socket") { _, _ in
            struct Broken: Error {}
            return .webSocket { _ in throw Broken() }
        }
    }

    @Test func `text and binary come back, fragments as one message, in order`() async throws {
        try await withServer(Self.router) { _, port in
            var client = try await WebSocketClient(port: port, "/echo-socket")
            try await client.send(.text, Array("hé".utf8))
            #expect(try await client.receive() == .init(opcode: 1, payload: Array("hé".utf8)))
            try await client.send(.binary, [0, 1, 2])
            #expect(try await client.receive() == .init(opcode: 2, payload: [0, 1, 2]))
            try await client.send(.text, Array("a".utf8), isFinal: false)
            try await client.send(.ping, Array("between".utf8))
            try await client.send(.continuation, Array("b".utf8), isFinal: false)
            try await client.send(.continuation, Array("c".utf8))
            #expect(try await client.receive() == .init(opcode: 10, payload: Array("between".utf8)))
            #expect(try await client.receive() == .init(opcode: 1, payload: Array("abc".utf8)))
            for number in 0..<500 { try await client.send(.text, Array("\(number)".utf8)) }
            for number in 0..<500 { #expect(try await client.receive().payload == Array("\(number)".utf8)) }
        }
    }

    @Test func `a message of exactly the limit is taken, one byte more is 1009`() async throws {
        try await withServer(Self.router, configure: { $0.limits.webSocketMessage = 1 << 20 }) { _, port in
            var client = try await WebSocketClient(port: port, "/echo-socket")
            let message = [UInt8](repeating: 7, count: 1 << 20)
            try await client.send(.binary, message)
            #expect(try await client.receive().payload == message)
            try await client.send(.binary, message + [7])
            #expect(try await client.closeCode() == 1009)
        }
    }

    @Test(
        arguments: [
            ("an unmasked frame", [0x81, 0x02, 0x68, 0x69], 1002),
            ("a reserved bit", [0xC1, 0x82, 0, 0, 0, 0, 0x68, 0x69], 1002),
            ("a reserved opcode", [0x83, 0x82, 0, 0, 0, 0, 0x68, 0x69], 1002),
            ("a reserved control opcode", [0x8B, 0x80, 0, 0, 0, 0], 1002),
            ("invalid UTF-8", [0x81, 0x82, 0, 0, 0, 0, 0xC3, 0x28], 1007),
            ("a surrogate in UTF-8", [0x81, 0x83, 0, 0, 0, 0, 0xED, 0xA0, 0x80], 1007),
            ("a continuation of nothing", [0x80, 0x82, 0, 0, 0, 0, 0x68, 0x69], 1002),
            ("a fragmented ping", [0x09, 0x82, 0, 0, 0, 0, 0x68, 0x69], 1002),
            ("a ping of 126 bytes", [0x89, 0xFE, 0, 126, 0, 0, 0, 0], 1002),
            ("a length beyond 63 bits", [0x82, 0xFF, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0], 1009),
            ("a huge length", [0x82, 0xFF, 0x7F, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0], 1009),
            ("a length in too many bytes", [0x82, 0xFE, 0, 5, 0, 0, 0, 0], 1002),
            ("the close code 1005", [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xED], 1002),
            ("half a close code", [0x88, 0x81, 0, 0, 0, 0, 0x03], 1002),
        ] as [(String, [UInt8], UInt16)]
    )
    func `a violation of the protocol is answered with its code`(what: String, frame: [UInt8], code: UInt16)
        async throws
    {
        try await withServer(Self.router) { _, port in
            var client = try await WebSocketClient(port: port, "/echo-socket")
            try await client.sendRaw(frame)
            #expect(try await client.closeCode() == code, "\(what)")
        }
    }

    @Test func `the server's code and reason reach the client, and the client's are answered`() async throws {
        try await withServer(Self.router) { _, port in
            var client = try await WebSocketClient(port: port, "/echo-socket")
            try await client.send(.text, Array("bye".utf8))
            let closing = try await client.receive()
            #expect(closing == .init(opcode: 8, payload: [0x0F, 0xA1] + Array("bye".utf8)))
            var broken = try await WebSocketClient(port: port, "/broken-socket")
            #expect(try await broken.closeCode() == 1011)
            var leaving = try await WebSocketClient(port: port, "/echo-socket")
            try await leaving.send(.close, [0x03, 0xE8])
            #expect(try await leaving.closeCode() == 1000)
        }
    }

    @Test func `a handler sees how its socket ended, and is cancelled in what it waits for`() async throws {
        let codes = Latch<WebSocketCloseCode?>()
        let began = Latch<Void>()
        let cancelled = Latch<Void>()
        let router = Router.echo { router in
            router.get("/socket") { _, _ in
                .webSocket { socket in
                    while await socket.receive() != nil {}
                    codes.open(socket.closeCode)
                }
            }
            router.get("/busy") { _, _ in
                .webSocket { _ in
                    defer { cancelled.open() }
                    began.open()
                    try await Task.sleep(for: .seconds(60))
                }
            }
        }
        try await withServer(router) { server, port in
            var client: WebSocketClient? = try await WebSocketClient(port: port, "/socket")
            try await client?.send(.close, [0x0F, 0xA2])
            #expect(try await codes.wait() == 4002)
            client = try await WebSocketClient(port: port, "/busy")
            try await began.wait()
            client = nil
            try await cancelled.wait()
        }
    }

    @Test func `a client that doesn't read stops the sender, and one that leaves wakes it`() async throws {
        let sent = Metrics().counter("sent", "")
        let failure = Latch<any Error>()
        let router = Router.echo { router in
            router.get("/firehose") { _, _ in
                .webSocket { socket in
                    do {
                        while true {
                            try await socket.send(WebSocketMessage(.binary, [UInt8](repeating: 1, count: 64 << 10)))
                            sent.increment()
                        }
                    } catch { failure.open(error) }
                }
            }
        }
        try await withServer(router) { _, port in
            let client = try await WebSocketClient(port: port, "/firehose")
            var before: UInt64 = 0
            while before == 0 || sent.value != before {
                before = sent.value
                try await Task.sleep(for: .milliseconds(100))
            }
            client.connection.reset()
            _ = try await failure.wait()
        }
    }

    @Test func `a server that stops closes its sockets with 1001`() async throws {
        let server = HTTPServer(ServerConfiguration(), router: Self.router, renderError: render)
        let running = Task { try await server.run() }
        var client = try await WebSocketClient(port: try await server.ready.wait(), "/echo-socket")
        try await client.send(.text, [0x61])
        _ = try await client.receive()
        running.cancel()
        #expect(try await client.closeCode() == 1001)
        try await client.send(.close, [0x03, 0xE9])
        try await running.value
    }

    @Test func `a handshake that isn't one is refused, and a path without a socket is no socket`() async throws {
        let upgrade = "Host: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        try await withServer(Self.router) { _, port in
            for (head, status) in [
                ("GET /echo-socket HTTP/1.1\r\n\(upgrade)Sec-WebSocket-Version: 13\r\n", 400),
                (
                    "GET /echo-socket HTTP/1.1\r\n\(upgrade)Sec-WebSocket-Key: short\r\nSec-WebSocket-Version: 13\r\n",
                    400
                ),
                ("GET /echo-socket HTTP/1.1\r\n\(upgrade)\(key)Sec-WebSocket-Version: 8\r\n", 426),
                ("GET /echo-socket HTTP/1.1\r\nHost: x\r\n", 426),
                ("GET /nothing HTTP/1.1\r\n\(upgrade)\(key)Sec-WebSocket-Version: 13\r\n", 404),
            ] {
                try await expectStatus(status, of: head + "\r\n", port)
            }
        }
    }
}
