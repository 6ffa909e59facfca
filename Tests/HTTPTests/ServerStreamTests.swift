import HTTP
import Runtime
import Testing

/// Answers in pieces, and what happens to their tasks when the client leaves.
@Suite(.timeLimit(.minutes(5))) struct ServerStreamTests {
    private static func get(_ path: String) -> String { "GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n" }

    @Test func `each event leaves at once, not when the stream ends`() async throws {
        let gate = Latch<Void>()
        let router = Router.echo { router in
            router.get("/events") { _, _ in
                .events { events in
                    try await events.send(ServerSentEvent(data: "first"))
                    try await gate.wait()
                    try await events.send(ServerSentEvent(data: "second", event: "done"))
                }
            }
        }
        try await withServer(router) { _, port in
            let connection = try RawConnection(port: port)
            try await connection.send(Self.get("/events"))
            var text = ""
            while !text.contains("data: first\n\n") {
                text += String(decoding: try await connection.receive(), as: UTF8.self)
            }
            #expect(text.contains("Content-Type: text/event-stream\r\n"))
            gate.open()
            while !text.hasSuffix("0\r\n\r\n") {
                text += String(decoding: try await connection.receive(), as: UTF8.self)
            }
            #expect(text.contains("event: done\ndata: second\n\n"))
            try await connection.send(Self.get("/health"))
            var answers = AnswerReader(connection)
            #expect(try await answers.next().text == "ok")
        }
    }

    @Test func `a silent stream of events sends comments`() async throws {
        let router = Router.echo { router in
            router.get("/events") { _, _ in
                .events(keepAlive: .milliseconds(20)) { _ in try await Task.sleep(for: .seconds(60)) }
            }
        }
        try await withServer(router) { _, port in
            let connection = try RawConnection(port: port)
            try await connection.send(Self.get("/events"))
            var text = ""
            while !text.contains(": keep-alive\n\n") {
                text += String(decoding: try await connection.receive(), as: UTF8.self)
            }
        }
    }

    @Test(arguments: [true, false])
    func `a stream can be given up as long as nothing was sent`(isSilent: Bool) async throws {
        let router = Router.echo { router in
            router.get("/events") { _, _ in
                .events(keepAlive: isSilent ? nil : .milliseconds(5)) { events in
                    try await Task.sleep(for: .milliseconds(100))
                    guard !events.abandon() else {
                        await #expect(throws: CancellationError.self) { try await events.comment("late") }
                        throw HTTPError(.badRequest, code: "silent", "Nothing was sent.")
                    }
                    try await events.send(ServerSentEvent(data: "too late"))
                }
            }
        }
        try await withServer(router) { _, port in
            let connection = try RawConnection(port: port)
            try await connection.send(Self.get("/events"))
            var answers = AnswerReader(connection)
            let answer = try await answers.next()
            #expect(answer.status == (isSilent ? 400 : 200))
            #expect(answer.text.contains("data: too late") == !isSilent)
        }
    }

    @Test(arguments: [true, false])
    func `the client's leaving cancels a handler that streams or waits`(streams: Bool) async throws {
        let began = Latch<Void>()
        let cancelled = Latch<Void>()
        let router = Router.echo { router in
            router.get("/stream") { _, _ in
                .stream(contentType: "text/plain") { writer in
                    defer { cancelled.open() }
                    began.open()
                    while true { try await writer.write("x"); try await Task.sleep(for: .milliseconds(1)) }
                }
            }
            router.get("/wait") { _, _ in
                defer { cancelled.open() }
                began.open()
                try await Task.sleep(for: .seconds(60))
                return .text("late")
            }
        }
        let lines = LogLines()
        try await withServer(router, log: Log(sink: lines.sink)) { _, port in
            var connection: RawConnection? = try RawConnection(port: port)
            try await connection?.send(Self.get(streams ? "/stream" : "/wait"))
            try await began.wait()
            connection = nil
            try await cancelled.wait()
        }
        #expect(lines.all.contains { $0.contains(streams ? "path=/stream status=200" : "path=/wait status=499") })
    }

    @Test func `a reset connection cancels its handler too`() async throws {
        let began = Latch<Void>()
        let cancelled = Latch<Void>()
        let router = Router.echo { router in
            router.get("/wait") { _, _ in
                defer { cancelled.open() }
                began.open()
                try await Task.sleep(for: .seconds(60))
                return .text("late")
            }
        }
        try await withServer(router) { _, port in
            var connection: RawConnection? = try RawConnection(port: port)
            try await connection?.send(Self.get("/wait"))
            try await began.wait()
            connection?.reset()
            connection = nil
            try await cancelled.wait()
        }
    }

    @Test func `a client that doesn't read stops the producer, one that goes on reading wakes it`() async throws {
        let written = Metrics().counter("written", "")
        let router = Router.echo { router in
            router.get("/firehose") { _, _ in
                .stream(contentType: "text/plain") { writer in
                    let block = [UInt8](repeating: 0x78, count: 16 << 10)
                    for _ in 0..<2000 {
                        try await writer.write(block)
                        written.increment()
                    }
                }
            }
        }
        try await withServer(router) { _, port in
            let connection = try RawConnection(port: port, receiveBuffer: 16 << 10)
            try await connection.send(Self.get("/firehose"))
            var before: UInt64 = 0
            // Until the producer stands still: what the kernel's buffers take differs from machine to machine.
            while before == 0 || written.value != before {
                before = written.value
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(before < 2000)
            var answers = AnswerReader(connection)
            #expect(try await answers.next().body.count == 2000 * 16 << 10)
        }
    }

    @Test func `a client that never reads is cut, and its producer told`() async throws {
        let failure = Latch<any Error>()
        let router = Router.echo { router in
            router.get("/firehose") { _, _ in
                .stream(contentType: "text/plain") { writer in
                    do {
                        while true { try await writer.write([UInt8](repeating: 0x78, count: 64 << 10)) }
                    } catch {
                        failure.open(error)
                        throw error
                    }
                }
            }
        }
        try await withServer(router, configure: { $0.timeouts.write = .milliseconds(300) }) { _, port in
            let connection = try RawConnection(port: port, receiveBuffer: 8192)
            try await connection.send(Self.get("/firehose"))
            let error = try await failure.wait()
            #expect(error is ConnectionClosed || error is CancellationError)
            withExtendedLifetime(connection) {}
        }
    }

    @Test func `a stream that fails is cut, so that nobody takes it for whole`() async throws {
        struct Broken: Error {}
        let router = Router.echo { router in
            router.get("/stream") { _, _ in
                .stream(contentType: "text/plain") { writer in
                    try await writer.write("half")
                    throw Broken()
                }
            }
        }
        try await withServer(router) { _, port in
            let connection = try RawConnection(port: port)
            try await connection.send(Self.get("/stream"))
            #expect(!(try await connection.receiveAll()).hasSuffix("0\r\n\r\n"))
        }
    }

    @Test(arguments: [
        ("", 0), ("GET /health HTTP/1.1\r\nHost: x\r\nX: ", 408),
        ("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10000\r\n\r\nhalf", 408),
        ("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\nha", 408),
    ])
    func `a client that stops or trickles in the middle of a request is cut`(sent: String, status: Int) async throws {
        let configure = { (configuration: inout ServerConfiguration) in
            configuration.timeouts.header = .milliseconds(300)
            configuration.timeouts.body = .milliseconds(300)
            configuration.limits.bodyRate = 1 << 20
        }
        try await withServer(configure: configure) { _, port in
            for trickles in status == 0 ? [false] : [false, true] {
                let connection = try RawConnection(port: port)
                try await connection.send(sent)
                let trickle = Task {
                    while trickles {
                        try await connection.send("x")
                        try await Task.sleep(for: .milliseconds(10))
                    }
                }
                defer { trickle.cancel() }
                let text = try await connection.receiveAll()
                #expect(status == 0 ? text.isEmpty : text.hasPrefix("HTTP/1.1 \(status) "))
            }
        }
    }

    @Test func `an idle connection is closed`() async throws {
        try await withServer(configure: { $0.timeouts.keepAlive = .milliseconds(200) }) { _, port in
            let connection = try RawConnection(port: port)
            try await connection.send(Self.get("/health"))
            #expect(try await connection.receiveAll().hasSuffix("ok"))
        }
    }
}
