import HTTP
import Runtime
import Testing

@Suite(.timeLimit(.minutes(5))) struct ServerDrainTests {
    private func server(_ router: Router<Void>, drain: Duration = .seconds(10)) -> HTTPServer {
        var configuration = ServerConfiguration()
        configuration.timeouts.drain = drain
        configuration.timeouts.linger = .milliseconds(300)
        return HTTPServer(configuration, router: router, renderError: render)
    }

    @Test
    func `a server that is told to stop finishes what is in flight, refuses what is new, and closes what is idle`()
        async throws
    {
        let began = Latch<Void>()
        let gate = Latch<Void>()
        let router = Router.echo { router in
            router.get("/stream") { _, _ in
                .stream(contentType: "text/plain") { writer in
                    try await writer.write("first ")
                    began.open()
                    try await gate.wait()
                    try await writer.write("last")
                }
            }
        }
        let server = server(router)
        let running = Task { try await server.run() }
        let port = try await server.ready.wait()
        let streaming = try RawConnection(port: port)
        try await streaming.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
        let idle = try RawConnection(port: port)
        var idleAnswers = AnswerReader(idle)
        try await idle.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        _ = try await idleAnswers.next()
        try await began.wait()

        running.cancel()
        #expect(try await idle.receive().isEmpty)
        #expect(throws: RawConnection.ConnectFailed.self) { try RawConnection(port: port) }
        gate.open()
        var answers = AnswerReader(streaming)
        #expect(try await answers.next().text == "first last")
        #expect(try await streaming.receive().isEmpty)
        try await running.value
        #expect(server.connectionCount == 0)
    }

    @Test func `what isn't finished in time is cut, and its handler cancelled`() async throws {
        let began = Latch<Void>()
        let cancelled = Latch<Void>()
        let router = Router.echo { router in
            router.get("/stuck") { _, _ in
                defer { cancelled.open() }
                began.open()
                try await Task.sleep(for: .seconds(60))
                return .text("late")
            }
        }
        let server = server(router, drain: .milliseconds(200))
        let running = Task { try await server.run() }
        let connection = try RawConnection(port: try await server.ready.wait())
        try await connection.send("GET /stuck HTTP/1.1\r\nHost: x\r\n\r\n")
        try await began.wait()
        running.cancel()
        try await running.value
        #expect(cancelled.value != nil)
        #expect(try await connection.receive().isEmpty)
    }

    @Test func `a port that is taken is an error that says so`() async throws {
        try await withServer { _, port in
            var configuration = ServerConfiguration()
            configuration.port = port
            let second = HTTPServer(configuration, router: .echo(), renderError: render)
            let error = await #expect(throws: ServerStartError.self) { try await second.run() }
            #expect(error?.description.contains("127.0.0.1:\(port)") == true)
        }
    }
}
