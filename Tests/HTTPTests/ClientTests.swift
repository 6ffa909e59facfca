import HTTP
import Runtime
import Testing

/// The client against the real server.
@Suite(.timeLimit(.minutes(5))) struct ClientTests {
    @Test func `an answer is streamed as it arrives`() async throws {
        let gate = Latch<Void>()
        let router = Router.echo { router in
            router.get("/stream") { _, _ in
                .stream(contentType: "text/plain") { writer in
                    try await writer.write("first")
                    try await gate.wait()
                    try await writer.write("second")
                }
            }
        }
        try await withClient(router) { client, base in
            try await client.send(ClientRequest(.get, base + "/stream")) { response in
                #expect(response.status == 200)
                #expect(response.headers["content-type"] == "text/plain")
                let first = try await response.next()
                #expect(first == Array("first".utf8))
                gate.open()
                let rest = [try await response.next(), try await response.next(), try await response.next()]
                #expect(rest == [Array("second".utf8), nil, nil])
            }
        }
    }

    @Test func `what is sent arrives: method, fields, body`() async throws {
        let router = Router.echo { router in
            router.put("/mirror") { request, _ in
                let fields = request.headers.fields.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
                return .text("\(request.method) \(fields) \(request.bodyCount)")
            }
            router.post("/count") { request, _ in .text("\(request.bodyCount)") }
        }
        try await withClient(router) { client, base in
            let put = ClientRequest(.put, base + "/mirror", headers: ["X-One": "1"], body: [1, 2, 3])
            let mirrored = String(decoding: try await client.collect(put, limit: 1000).body, as: UTF8.self)
            #expect(mirrored.hasPrefix("PUT Host="))
            #expect(mirrored.contains("X-One=1"))
            #expect(!mirrored.contains("Content-Type"))
            #expect(mirrored.hasSuffix(" 3"))
            let large = ClientRequest(.post, base + "/count", body: [UInt8](repeating: 1, count: 3 << 20))
            #expect(try await client.collect(large, limit: 100).body == Array("\(3 << 20)".utf8))
            let empty = ClientRequest(.post, base + "/count")
            #expect(try await client.collect(empty, limit: 100).body == Array("0".utf8))
            let head = try await client.collect(ClientRequest(.head, base + "/health"), limit: 100)
            #expect(head.head.headers["Content-Length"] == "2" && head.body.isEmpty)
            #expect(try await client.collect(ClientRequest(.get, base + "/nowhere"), limit: 1000).head.status == 404)
        }
    }

    @Test func `requests share connections`() async throws {
        try await withClient { client, base, server in
            for _ in 0..<20 { _ = try await client.collect(ClientRequest(.get, base + "/health"), limit: 100) }
            #expect(server.connectionCount == 1)
        }
    }

    @Test func `no more connections go to one host than the limit, and all requests are answered`() async throws {
        try await withClient(configure: { $0.limits.connectionsPerHost = 3 }) { client, base, server in
            try await withThrowingTaskGroup(of: [UInt8].self) { group in
                for _ in 0..<50 {
                    group.addTask { try await client.collect(ClientRequest(.get, base + "/health"), limit: 100).body }
                }
                for try await body in group { #expect(body == Array("ok".utf8)) }
            }
            #expect(server.connectionCount <= 3)
        }
    }

    @Test func `cancelling the task ends the transfer, and the server's handler too`() async throws {
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
        try await withClient(router) { client, base in
            let asking = Task { try await client.collect(ClientRequest(.get, base + "/wait"), limit: 100) }
            try await began.wait()
            asking.cancel()
            await #expect(throws: CancellationError.self) { try await asking.value }
            try await cancelled.wait()
        }
    }

    @Test func `leaving an answer half read closes it`() async throws {
        let ended = Latch<Void>()
        let router = Router.echo { router in
            router.get("/endless") { _, _ in
                .stream(contentType: "text/plain") { writer in
                    defer { ended.open() }
                    while true { try await writer.write([UInt8](repeating: 1, count: 1000)) }
                }
            }
        }
        try await withClient(router) { client, base in
            let first = try await client.send(ClientRequest(.get, base + "/endless")) { try await $0.next() }
            #expect(first?.isEmpty == false)
            try await ended.wait()
        }
    }

    @Test func `a reader that doesn't read stops the peer, and goes on where it stopped`() async throws {
        let written = Metrics().counter("written", "")
        let router = Router.echo { router in
            router.get("/firehose") { _, _ in
                .stream(contentType: "text/plain") { writer in
                    for number in 0..<1000 {
                        try await writer.write([UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 16 << 10))
                        written.increment()
                    }
                }
            }
        }
        try await withClient(router) { client, base in
            try await client.send(ClientRequest(.get, base + "/firehose")) { response in
                var before: UInt64 = 0
                while before == 0 || written.value != before {
                    before = written.value
                    try await Task.sleep(for: .milliseconds(200))
                }
                #expect(before < 1000)
                let body = try await response.collect(limit: 32 << 20)
                #expect(body.count == 1000 * 16 << 10)
                #expect((0..<1000).allSatisfy { body[$0 * 16384] == UInt8(truncatingIfNeeded: $0) })
            }
        }
    }

    @Test func `too large an answer is an error that names the limit`() async throws {
        let router = Router.echo { $0.get("/large") { _, _ in .text(String(repeating: "x", count: 10_000)) } }
        try await withClient(router, configure: { $0.limits.body = 9_999 }) { client, base in
            let request = ClientRequest(.get, base + "/large")
            let error = await #expect(throws: HTTPClientError.self) {
                try await client.collect(request, limit: 1 << 20)
            }
            #expect(error?.kind == .bodyTooLarge)
            #expect(error?.message.contains("9999") == true)
            let collected = await #expect(throws: HTTPClientError.self) {
                try await client.collect(request, limit: 5_000)
            }
            #expect(collected?.kind == .bodyTooLarge)
        }
    }

    @Test func `each limit of time has its error`() async throws {
        let router = Router.echo { router in
            router.get("/wait") { _, _ in
                try await Task.sleep(for: .seconds(60))
                return .text("late")
            }
            router.get("/stall") { _, _ in
                .stream(contentType: "text/plain") { writer in
                    try await writer.write("first")
                    try await Task.sleep(for: .seconds(60))
                }
            }
        }
        try await withClient(router) { client, base in
            for (path, limit, kind) in [
                ("/wait", \ClientConfiguration.Timeouts.firstByte, HTTPClientError.Kind.firstByteTimeout),
                ("/stall", \.silence, .silence),
            ] {
                var timeouts = ClientConfiguration.Timeouts()
                timeouts[keyPath: limit] = .milliseconds(200)
                let error = await failure(of: ClientRequest(.get, base + path), client, timeouts)
                #expect(error?.kind == kind)
            }
            var timeouts = ClientConfiguration.Timeouts()
            timeouts.total = .milliseconds(200)
            let error = await failure(of: ClientRequest(.get, base + "/stall"), client, timeouts)
            #expect(error?.kind == .totalTimeout)
        }
    }

    @Test func `what can't be asked says why`() async throws {
        try await withClient { client, _, _ in
            for (url, kind) in [
                ("http://127.0.0.1:1/", HTTPClientError.Kind.connectFailed), ("file:///etc/passwd", .invalidRequest),
                ("not a url", .invalidRequest), ("http://no-such-host.invalid/", .unresolved),
            ] {
                let error = await #expect(throws: HTTPClientError.self) {
                    try await client.collect(ClientRequest(.get, url), limit: 100)
                }
                #expect(error?.kind == kind, "\(url): \(error?.message ?? "")")
            }
            let forged = ClientRequest(.get, "http://127.0.0.1:1/", headers: ["X": "a\r\nInjected: yes"])
            let error = await #expect(throws: HTTPClientError.self) { try await client.collect(forged, limit: 100) }
            #expect(error?.kind == .invalidRequest)
        }
    }

    @Test func `a client that is stopped fails what is under way and what comes later`() async throws {
        let client = HTTPClient()
        let running = Task { try await client.run() }
        running.cancel()
        try await running.value
        let error = await #expect(throws: HTTPClientError.self) {
            try await client.collect(ClientRequest(.get, "http://127.0.0.1:1/"), limit: 100)
        }
        #expect(error?.kind == .stopped)
    }
}

private func failure(
    of request: ClientRequest,
    _ client: HTTPClient,
    _ timeouts: ClientConfiguration.Timeouts
) async -> HTTPClientError? {
    do {
        _ = try await client.collect(request, limit: 100, timeouts: timeouts)
        return nil
    } catch {
        return error as? HTTPClientError
    }
}

/// Runs a server and a client for the length of `body`.
private func withClient(
    _ router: Router<Void> = .echo(),
    configure: @Sendable (inout ClientConfiguration) -> Void = { _ in },
    _ body: @Sendable (HTTPClient, _ base: String, HTTPServer) async throws -> Void
) async throws {
    try await withServer(router) { server, port in
        var configuration = ClientConfiguration()
        configure(&configuration)
        let client = HTTPClient(configuration)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await client.run() }
            defer { group.cancelAll() }
            try await body(client, "http://127.0.0.1:\(port)", server)
        }
    }
}

private func withClient(
    _ router: Router<Void> = .echo(),
    configure: @Sendable (inout ClientConfiguration) -> Void = { _ in },
    _ body: @Sendable (HTTPClient, _ base: String) async throws -> Void
) async throws {
    try await withClient(router, configure: configure) { client, base, _ in try await body(client, base) }
}
