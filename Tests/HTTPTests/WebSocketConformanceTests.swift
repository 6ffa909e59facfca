import HTTP
import Testing

/// The cases of the Autobahn test suite (RFC 6455) against the real server, with a client that writes frames byte by byte.
@Suite(.timeLimit(.minutes(1))) struct WebSocketConformanceTests {
    private static let router = Router.echo { router in
        router.get("/") { _, _ in
            .webSocket { socket in
                while let message = await socket.receive() { try await socket.send(message) }
            }
        }
    }

    private func run(_ cases: [WebSocketCase]) async throws {
        try await withServer(Self.router) { _, port in
            for one in cases { try await run(one, port) }
        }
    }

    private func run(_ one: WebSocketCase, _ port: UInt16) async throws {
        do {
            var client = try await WebSocketClient(port: port, "/")
            try await client.sendRaw(one.frames.map(\.bytes).concatenated(), chop: one.chop)
            switch one.end {
            case .byClient: try await finish(one, &client)
            case .byServer(let codes, let isOrderly): try await expectEnd(one, &client, codes, isOrderly)
            }
        } catch { Issue.record(error, "\(one.name)") }
    }

    private func finish(_ one: WebSocketCase, _ client: inout WebSocketClient) async throws {
        for answer in one.answers {
            let received = try await client.receive()
            #expect(received.isSame(as: answer), "\(one.name)")
        }
        try await client.send(.close, [0x03, 0xE8])
        let closing = try await client.receive()
        #expect(closing == .init(opcode: 8, payload: [0x03, 0xE8]), "\(one.name)")
        #expect(try await client.hasEnded(), "\(one.name)")
    }

    private func expectEnd(
        _ one: WebSocketCase,
        _ client: inout WebSocketClient,
        _ codes: [UInt16],
        _ isOrderly: Bool
    ) async throws {
        var received: [WebSocketClient.Frame] = []
        var frame = try await client.receive()
        while frame.opcode != 8 {
            received.append(frame)
            frame = try await client.receive()
        }
        let code = frame.payload.isEmpty ? 1005 : frame.payload.prefix(2).reduce(0) { $0 << 8 | UInt16($1) }
        #expect(codes.contains(code), "\(one.name)")
        #expect(received == Array(one.answers.prefix(received.count)), "\(one.name)")
        if !isOrderly { client.connection.closeSending() }
        #expect(try await client.hasEnded(), "\(one.name)")
    }

    /// A name only: a test's arguments are printed, and the cases hold megabytes.
    enum Section: CaseIterable {
        case framing, pings, reservedBits, opcodes, fragmentation, text, closing
        case largeText, largeBinary, fragmentedText, fragmentedBinary, chopped

        var cases: [WebSocketCase] {
            switch self {
            case .framing: WebSocketCase.framing
            case .pings: WebSocketCase.pings
            case .reservedBits: WebSocketCase.reservedBits
            case .opcodes: WebSocketCase.opcodes
            case .fragmentation: WebSocketCase.fragmentation
            case .text: WebSocketCase.text
            case .closing: WebSocketCase.closing
            case .largeText: WebSocketCase.large(section: 1, opcode: 1)
            case .largeBinary: WebSocketCase.large(section: 2, opcode: 2)
            case .fragmentedText: WebSocketCase.fragmented(section: 3, opcode: 1)
            case .fragmentedBinary: WebSocketCase.fragmented(section: 4, opcode: 2)
            case .chopped: WebSocketCase.chopped(section: 5, opcode: 1) + WebSocketCase.chopped(section: 6, opcode: 2)
            }
        }
    }

    @Test(arguments: Section.allCases)
    func `what comes back is what RFC 6455 says`(section: Section) async throws { try await run(section.cases) }

    @Test(arguments: [WebSocketClient.Opcode.text, .binary])
    func `section 9, a thousand round trips of each size`(opcode: WebSocketClient.Opcode) async throws {
        try await withServer(Self.router) { _, port in
            var client = try await WebSocketClient(port: port, "/")
            for size in [0, 16, 64, 256, 1024, 4096] {
                let message = [UInt8](repeating: 0x2A, count: size)
                let echo = WebSocketClient.Frame(opcode: opcode.rawValue, payload: message)
                for _ in 0..<1000 {
                    try await client.send(opcode, message)
                    guard try await client.receive().isSame(as: echo) else {
                        Issue.record("an echo of \(size) bytes differs")
                        return
                    }
                }
            }
        }
    }

    /// 6.4: the part that makes the text invalid is refused before the rest is there.
    @Test(arguments: [("6.4.1", "f4908080"), ("6.4.2", "f490")])
    func `text that can't become UTF-8 any more is refused at once, in fragments`(name: String, part: String)
        async throws
    {
        try await withServer(Self.router) { _, port in
            var client = try await WebSocketClient(port: port, "/")
            try await client.send(.text, WebSocketCase.bytes("cebae1bdb9cf83cebcceb5"), isFinal: false)
            try await client.send(.ping, [])
            #expect(
                try await client.receive().opcode == WebSocketClient.Opcode.pong.rawValue,
                "the first part is taken"
            )
            try await client.send(.continuation, WebSocketCase.bytes(part), isFinal: false)
            #expect(try await client.closeCode() == 1007)
        }
    }

    @Test(arguments: [("6.4.3", 15), ("6.4.4", 13)])
    func `text that can't become UTF-8 any more is refused at once, within a frame`(name: String, count: Int)
        async throws
    {
        try await withServer(Self.router) { _, port in
            var client = try await WebSocketClient(port: port, "/")
            let frame = WebSocketCase.Frame.text(WebSocketCase.bytes("cebae1bdb9cf83cebcceb5f4908080656469746564"))
                .bytes
            let head = frame.count - 21
            try await client.sendRaw(Array(frame[..<(head + 11)]))
            try await client.sendRaw(Array(frame[(head + 11)..<(head + count)]))
            #expect(try await client.closeCode() == 1007)
        }
    }

    /// 12 and 13: compression is declined by not naming it; then the first reserved bit is an offence.
    @Test(
        arguments: [
            "permessage-deflate", "permessage-deflate; client_max_window_bits; server_no_context_takeover",
            "permessage-deflate; client_max_window_bits=8, permessage-deflate, x-webkit-deflate-frame",
        ]
    )
    func `an offer to compress is declined`(offer: String) async throws {
        try await withServer(Self.router) { _, port in
            let fields = "Sec-WebSocket-Extensions: \(offer)\r\n"
            var client = try await WebSocketClient(port: port, "/", fields: fields)
            #expect(client.headers["sec-websocket-extensions"] == nil)
            try await client.send(.text, [0x61])
            #expect(try await client.receive() == .init(opcode: 1, payload: [0x61]))
            try await client.sendRaw(WebSocketClient.frame(1, [0x4B, 0x04, 0x00], reserved: 4))
            #expect(try await client.closeCode() == 1002)
        }
    }
}
