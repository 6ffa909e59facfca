import HTTP
import Runtime
import Testing

private let health = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n"

@Suite(.timeLimit(.minutes(5))) struct ServerExchangeTests {
    @Test func `one connection carries one request after the other`() async throws {
        try await withServer { _, port in
            let connection = try RawConnection(port: port)
            var answers = AnswerReader(connection)
            for _ in 0..<3 {
                try await connection.send(health)
                let answer = try await answers.next()
                #expect(answer.status == 200)
                #expect(answer.text == "ok")
            }
            try await connection.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")
            #expect(try await answers.next().text == "hello")
        }
    }

    @Test func `a body of 4 MB comes back as it was, with a length and in chunks with a trailer`() async throws {
        try await withServer { _, port in
            let connection = try RawConnection(port: port)
            var answers = AnswerReader(connection)
            let body = (0..<4 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            try await connection.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.count)\r\n\r\n")
            try await connection.send(body)
            #expect(try await answers.next().body == body)
            var chunked = Array("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
            for start in stride(from: 0, to: body.count, by: 65536) {
                chunked += "10000;name=value\r\n".utf8
                chunked += body[start..<start + 65536]
                chunked += "\r\n".utf8
            }
            chunked += "0\r\nX-Trailer: v\r\n\r\n".utf8
            try await connection.send(chunked)
            #expect(try await answers.next().body == body)
            try await connection.send(health)
            #expect(try await answers.next().status == 200)
        }
    }

    @Test func `a request may come byte by byte, and after empty lines`() async throws {
        try await withServer { _, port in
            let connection = try RawConnection(port: port)
            for byte
                in "\r\n\r\nPOST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
                .utf8
            {
                try await connection.send([byte])
            }
            var answers = AnswerReader(connection)
            #expect(try await answers.next().text == "abc")
        }
    }

    @Test func `100 Continue invites the body`() async throws {
        try await withServer { _, port in
            let connection = try RawConnection(port: port)
            var answers = AnswerReader(connection)
            let head = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
            try await connection.send(head)
            #expect(try await answers.next().status == 100)
            try await connection.send("hello")
            #expect(try await answers.next().text == "hello")
        }
    }

    @Test func `pipelined requests are answered in order, also behind a slow one`() async throws {
        let router = Router.echo {
            $0.get("/slow") { _, _ in
                for _ in 0..<100 { await Task.yield() }
                return .text("slow")
            }
        }
        try await withServer(router) { _, port in
            let connection = try RawConnection(port: port)
            var answers = AnswerReader(connection)
            let requests = (0..<50).map { "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n\($0 + 10)" }
            try await connection.send(requests.joined() + "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n" + health)
            for number in 0..<50 { #expect(try await answers.next().text == "\(number + 10)") }
            #expect(try await answers.next().text == "slow")
            #expect(try await answers.next().text == "ok")
        }
    }

    @Test func `a client that pipelines and never reads is not read from either`() async throws {
        let handled = Metrics().counter("handled", "")
        let router = Router.echo {
            $0.get("/large") { _, _ in
                handled.increment()
                return .text(String(repeating: "x", count: 100_000))
            }
        }
        try await withServer(router, configure: { $0.timeouts.write = .milliseconds(600) }) { _, port in
            let connection = try RawConnection(port: port, receiveBuffer: 8192)
            let request = "GET /large HTTP/1.1\r\nHost: x\r\n\r\n"
            try await connection.send(String(repeating: request, count: 1000))
            while (try? await connection.receive())?.isEmpty == false, handled.value < 20 {}
            #expect(handled.value < 1000)
        }
    }

    @Test func `HEAD gets the head of GET`() async throws {
        let router = Router.echo { $0.get("/events") { _, _ in .events { try await $0.send(.init(data: "x")) } } }
        try await withServer(router) { _, port in
            let connection = try RawConnection(port: port)
            var answers = AnswerReader(connection)
            try await connection.send("HEAD /health HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try await answers.next(isHead: true).headers["content-length"] == "2")
            try await connection.send("HEAD /events HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try await answers.next(isHead: true).headers["content-type"] == "text/event-stream")
            try await connection.send(health)
            #expect(try await answers.next().text == "ok")
        }
    }

    @Test func `an answer without a body says no length`() async throws {
        let router = Router.echo {
            $0.delete("/thing") { _, _ in HTTPResponse(.noContent) }
            $0.get("/stream") { _, _ in HTTPResponse(.noContent, body: .stream { try await $0.write("lost") }) }
        }
        try await withServer(router) { _, port in
            let connection = try RawConnection(port: port)
            var answers = AnswerReader(connection)
            try await connection.send(
                "DELETE /thing HTTP/1.1\r\nHost: x\r\n\r\nGET /stream HTTP/1.1\r\nHost: x\r\n\r\n" + health
            )
            #expect(try await answers.next().headers["content-length"] == nil)
            #expect(try await answers.next().headers["transfer-encoding"] == nil)
            #expect(try await answers.next().text == "ok")
        }
    }

    @Test func `HTTP 1.0 and Connection close end the connection, a stream to HTTP 1.0 has no chunks`() async throws {
        let router = Router.echo {
            $0.get("/stream") { _, _ in .stream(contentType: "text/plain") { try await $0.write("abc") } }
        }
        try await withServer(router) { _, port in
            for (request, end) in [
                ("GET /health HTTP/1.0\r\n\r\n", "ok"),
                ("GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "ok"),
                ("GET /stream HTTP/1.0\r\n\r\n", "\r\n\r\nabc"),
            ] {
                let connection = try RawConnection(port: port)
                try await connection.send(request)
                let text = try await connection.receiveAll()
                #expect(text.hasPrefix("HTTP/1.1 200"))
                #expect(text.hasSuffix(end))
            }
        }
    }

    @Test func `a client that half-closes still gets its answer`() async throws {
        try await withServer { _, port in
            let connection = try RawConnection(port: port)
            try await connection.send(health)
            connection.closeSending()
            #expect(try await connection.receiveAll().hasSuffix("ok"))
        }
    }

    @Test func `an absolute target and an escaped path find their route`() async throws {
        try await withServer { _, port in
            try await expectStatus(200, of: "GET http://other/health?x=1 HTTP/1.1\r\nHost: x\r\n\r\n", port)
            try await expectStatus(200, of: "GET /heal%74h HTTP/1.1\r\nHost: x\r\n\r\n", port)
            try await expectStatus(400, of: "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", port)
            try await expectStatus(404, of: "GET /a/../health HTTP/1.1\r\nHost: x\r\n\r\n", port)
        }
    }

    @Test func `a handler can neither forge a header with a line break nor frame the answer otherwise`() async throws {
        let router = Router.echo {
            $0.get("/echo") { request, _ in
                HTTPResponse(headers: [
                    "X-Echo": request.query("v") ?? "", "content-length": "99", "Connection": "close",
                ])
            }
        }
        try await withServer(router) { _, port in
            let connection = try RawConnection(port: port)
            var answers = AnswerReader(connection)
            try await connection.send("GET /echo?v=a%0D%0AInjected:%20yes HTTP/1.1\r\nHost: x\r\n\r\n")
            let answer = try await answers.next()
            #expect(answer.headers["injected"] == nil)
            #expect(answer.headers["content-length"] == "0")
            #expect(answer.headers["connection"] == nil)
            #expect(answer.headers["x-echo"] == "a  Injected: yes")
        }
    }

    @Test func `a handler's error is rendered by the owner, and the connection goes on`() async throws {
        struct Broken: Error {}
        let router = Router.echo { $0.get("/broken") { _, _ in throw Broken() } }
        try await withServer(router) { _, port in
            let connection = try RawConnection(port: port)
            var answers = AnswerReader(connection)
            try await connection.send(
                "GET /broken HTTP/1.1\r\nHost: x\r\n\r\nPUT /echo HTTP/1.1\r\nHost: x\r\n\r\n" + health
            )
            let answer = try await answers.next()
            #expect(answer.status == 500)
            #expect(answer.text.contains("Broken()"))
            let refused = try await answers.next()
            #expect(refused.status == 405)
            #expect(refused.headers["allow"] == "POST")
            #expect(try await answers.next().status == 200)
        }
    }

    @Test func `the request id is the client's if it is sane, and is on every answer and in the log`() async throws {
        let lines = LogLines()
        try await withServer(log: Log(sink: lines.sink)) { _, port in
            let connection = try RawConnection(port: port)
            var answers = AnswerReader(connection)
            try await connection.send("GET /health HTTP/1.1\r\nHost: x\r\nX-Request-Id: trace-1\r\n\r\n")
            #expect(try await answers.next().headers["x-request-id"] == "trace-1")
            try await connection.send("GET /nowhere HTTP/1.1\r\nHost: x\r\nX-Request-Id: a b\r\n\r\n")
            let made = try await answers.next().headers["x-request-id"]
            #expect(made?.count == 16)
        }
        let request = try #require(lines.all.first { $0.contains("request=trace-1") })
        for field in ["method=GET", "path=/health", "status=200", "ms=", "peer=127.0.0.1"] {
            #expect(request.contains(field))
        }
    }

    @Test func `requests are counted by route and class of status`() async throws {
        let metrics = Metrics()
        try await withServer(metrics: metrics) { _, port in
            try await expectStatus(200, of: health, port)
            try await expectStatus(404, of: "GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n", port)
            try await expectStatus(505, of: "GET /health HTTP/3.0\r\n\r\n", port)
        }
        let text = metrics.exposition()
        #expect(text.contains(#"http_requests_total{route="/health",status="2xx"} 1"#))
        #expect(text.contains(#"http_requests_total{route="unmatched",status="4xx"} 1"#))
        #expect(text.contains(#"http_refused_total{code="bad_version"} 1"#))
        #expect(text.contains(#"http_request_seconds_count{route="/health"} 1"#))
        #expect(text.contains("http_requests_in_flight 0"))
        #expect(text.contains("http_connections 0"))
    }
}
