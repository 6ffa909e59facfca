import HTTP
import Runtime
import Testing

/// Clients that don't read, don't speak, or don't come to the end; and what they cost the others: nothing.
@Suite(.timeLimit(.minutes(1))) struct WebSocketResilienceTests {
    private static func router(_ received: Counter) -> Router<Void> {
        Router.echo { router in
            router.get("/echo") { _, _ in
                .webSocket { socket in
                    while let message = await socket.receive() {
                        received.increment()
                        try await socket.send(message)
                    }
                }
            }
        }
    }

    private static func counter() -> Counter { Metrics().counter("received", "") }

    /// Waits until a count has been the same, and not zero, for a while.
    private static func settle(_ counter: Counter) async throws {
        var before: UInt64 = 0
        while before == 0 || counter.value != before {
            before = counter.value
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    @Test func `a socket that doesn't read stops its own echo, and fifty others don't notice`() async throws {
        let received = Self.counter()
        try await withServer(Self.router(received)) { _, port in
            let slow = try await WebSocketClient(port: port, "/echo", receiveBuffer: 4096)
            let flood = Task { try await slow.send(.binary, [UInt8](repeating: 1, count: 16 << 20)) }
            var others: [WebSocketClient] = []
            for _ in 0..<50 { others.append(try await WebSocketClient(port: port, "/echo")) }
            try await flood.value
            try await Self.settle(received)
            for round in 0..<10 {
                let message = Array("round \(round)".utf8)
                for index in others.indices { try await others[index].send(.text, message) }
                for index in others.indices { #expect(try await others[index].receive().payload == message) }
            }
            slow.connection.reset()
        }
    }

    @Test(arguments: [1000, 100_000])
    func `a client that sends and never reads is heard no further`(size: Int) async throws {
        let received = Self.counter()
        try await withServer(Self.router(received)) { _, port in
            let client = try await WebSocketClient(port: port, "/echo", receiveBuffer: 4096)
            let frame = WebSocketClient.frame(2, .init(repeating: 0, count: size))
            let batch = [[UInt8]](repeating: frame, count: 20).concatenated()
            // Ends when the connection is reset: the kernel's buffers fill, because the server reads no more.
            let flood = Task {
                while !Task.isCancelled { try? await client.sendRaw(batch) }
            }
            try await Self.settle(received)
            flood.cancel()
            client.connection.reset()
            await flood.value
        }
    }

    @Test func `a client that takes nothing of its output is cut`() async throws {
        let failure = Latch<any Error>()
        let router = Router.echo { router in
            router.get("/firehose") { _, _ in
                .webSocket { socket in
                    do {
                        while true {
                            try await socket.send(WebSocketMessage(.binary, .init(repeating: 1, count: 1 << 20)))
                        }
                    } catch { failure.open(error) }
                }
            }
        }
        try await withServer(router, configure: { $0.timeouts.write = .milliseconds(300) }) { _, port in
            let client = try await WebSocketClient(port: port, "/firehose", receiveBuffer: 4096)
            let error = try await failure.wait()
            #expect(error is ConnectionClosed)
            client.connection.closeSending()
        }
    }

    @Test func `what was sent before the close arrives, however slowly it is read`() async throws {
        let router = Router.echo { router in
            router.get("/gift") { _, _ in
                .webSocket { try await $0.send(WebSocketMessage(.binary, .init(repeating: 7, count: 8 << 20))) }
            }
        }
        try await withServer(router, configure: { $0.timeouts.linger = .milliseconds(200) }) { _, port in
            var client = try await WebSocketClient(port: port, "/gift", receiveBuffer: 4096)
            try await Task.sleep(for: .milliseconds(800))
            #expect(try await client.receive().payload.count == 8 << 20)
            #expect(try await client.closeCode() == 1000)
        }
    }

    @Test func `a silent client is pinged, and lives as long as it answers`() async throws {
        let received = Self.counter()
        try await withServer(Self.router(received), configure: { $0.timeouts.webSocketIdle = .seconds(3) }) {
            _,
            port in
            var alive = try await WebSocketClient(port: port, "/echo")
            for _ in 0..<2 {
                let ping = try await alive.receive()
                #expect(ping.opcode == WebSocketClient.Opcode.ping.rawValue)
                try await alive.send(.pong, ping.payload)
            }
            try await alive.send(.text, [0x61])
            #expect(try await alive.receive() == .init(opcode: 1, payload: [0x61]))
            var silent = try await WebSocketClient(port: port, "/echo")
            #expect(try await silent.receive().opcode == WebSocketClient.Opcode.ping.rawValue)
            #expect(try await silent.hasEnded())
        }
    }

    @Test func `a client that waits for a slow handler isn't silent`() async throws {
        let gate = Latch<Void>()
        let router = Router.echo { router in
            router.get("/slow") { _, _ in
                .webSocket { socket in
                    try await gate.wait()
                    while let message = await socket.receive() { try await socket.send(message) }
                }
            }
        }
        try await withServer(router, configure: { $0.timeouts.webSocketIdle = .seconds(3) }) { _, port in
            var client = try await WebSocketClient(port: port, "/slow")
            for number in 0..<5 { try await client.send(.text, Array("\(number)".utf8)) }
            try await Task.sleep(for: .seconds(4))
            gate.open()
            for number in 0..<5 {
                var frame = try await client.receive()
                while frame.opcode == WebSocketClient.Opcode.ping.rawValue { frame = try await client.receive() }
                #expect(frame.payload == Array("\(number)".utf8))
            }
        }
    }

    @Test func `half a message and then silence ends by the time for a message, pongs or not`() async throws {
        let codes = Latch<WebSocketCloseCode?>()
        let router = Router.echo { router in
            router.get("/socket") { _, _ in
                .webSocket { socket in
                    while await socket.receive() != nil {}
                    codes.open(socket.closeCode)
                }
            }
        }
        try await withServer(router, configure: { $0.timeouts.body = .milliseconds(300) }) { _, port in
            var client = try await WebSocketClient(port: port, "/socket")
            try await client.sendRaw(Array(WebSocketClient.frame(2, .init(repeating: 1, count: 100)).prefix(50)))
            #expect(try await client.closeCode() == 1008)
            #expect(try await client.hasEnded(), "it doesn't wait for the answer for ever")
            #expect(try await codes.wait() == .abnormal)
            var fragments = try await WebSocketClient(port: port, "/socket")
            try await fragments.send(.text, [0x61], isFinal: false)
            try await fragments.send(.pong, [])
            #expect(try await fragments.closeCode() == 1008)
        }
    }

    @Test func `an offence is told to the handler by its code`() async throws {
        let offences: [([UInt8], WebSocketCloseCode)] = [
            (WebSocketClient.frame(3, []), .protocolError), (WebSocketClient.frame(1, [0xFF]), .invalidPayload),
            (WebSocketClient.frame(2, .init(repeating: 0, count: 1025)), .messageTooBig),
        ]
        for (frame, code) in offences {
            let codes = Latch<WebSocketCloseCode?>()
            let router = Router.echo { router in
                router.get("/socket") { _, _ in
                    .webSocket { socket in
                        while await socket.receive() != nil {}
                        codes.open(socket.closeCode)
                    }
                }
            }
            try await withServer(
                router,
                configure: {
                    $0.limits.webSocketMessage = 1024
                    $0.timeouts.linger = .seconds(10)
                }
            ) { _, port in
                var client = try await WebSocketClient(port: port, "/socket")
                try await client.sendRaw(frame)
                #expect(try await client.closeCode() == code.rawValue)
                client.connection.closeSending()
                #expect(try await codes.wait() == code)
            }
        }
    }
}
