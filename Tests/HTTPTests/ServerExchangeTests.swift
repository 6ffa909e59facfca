import HTTP
import Runtime
import Testing

@Suite(.timeLimit(.minutes(1))) struct ServerExchangeTests {
    @Test func `one connection carries one request after the other`() async throws {
        try await withServer { _, port in
            let connection = try RawConnection(port: port)
            var answers = AnswerReader(connection)
            for _ in 0..<3 {
                try await connection.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
                let answer = try await answers.next()
                #expect(answer.status == 200)
                #expect(answer.text == "ok")
            }
            try await connection.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")
            #expect(try await answers.next().text == "hello")
        }
    }

    @Test func `a body of 8 MB comes back as it was`() async throws {
        try await withServer { _, port in
            let connection = try RawConnection(port: port)
            var answers = AnswerReader(connection)
            let body = (0..<8 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            try await connection.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.count)\r\n\r\n")
            try await connection.send(body)
            #expect(try await answers.next().body == body)
        }
    }
}
