import HTTP
import Runtime
import Testing

/// What the server refuses before a handler is asked, each with the status that says why.
@Suite(.timeLimit(.minutes(5))) struct ServerRefusalTests {
    private static let head = "POST /echo HTTP/1.1\r\nHost: x\r\n"

    private static let cases: [(what: String, bytes: String, status: Int)] = [
        ("length and chunked", head + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501),
        ("chunked and length", head + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400),
        ("an unknown coding", head + "Transfer-Encoding: gzip\r\n\r\nhi", 501),
        ("a coding after chunked", head + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 501),
        ("a coding before chunked", head + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
        ("chunked twice", head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501),
        ("a misspelt coding", head + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501),
        ("a tab for a coding", head + "Transfer-Encoding:\u{0B}chunked\r\n\r\n0\r\n\r\n", 400),
        ("a space before the colon", head + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400),
        (
            "a coding in HTTP/1.0",
            "POST /echo HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501
        ),
        ("two different lengths", head + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi!", 400),
        ("two equal lengths", head + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi", 400),
        ("a negative length", head + "Content-Length: -1\r\n\r\n", 400),
        ("a signed length", head + "Content-Length: +2\r\n\r\nhi", 400),
        ("a length with junk", head + "Content-Length: 5x\r\n\r\nhello", 400),
        ("a hexadecimal length", head + "Content-Length: 0x5\r\n\r\nhello", 400),
        ("a length beyond 64 bits", head + "Content-Length: 18446744073709551617\r\n\r\nh", 400),
        ("a length beyond the limit", head + "Content-Length: 999999999\r\n\r\n", 413),
        ("a chunk beyond the limit", head + "Transfer-Encoding: chunked\r\n\r\nfffffff\r\n", 413),
        ("a chunk beyond 64 bits", head + "Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n", 400),
        ("a chunk size that is none", head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        ("a negative chunk size", head + "Transfer-Encoding: chunked\r\n\r\n-1\r\n", 400),
        ("a chunk longer than it said", head + "Transfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n", 400),
        ("a length among trailers", head + "Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 5\r\n\r\n", 400),
        ("no host", "GET /health HTTP/1.1\r\n\r\n", 400),
        ("two hosts", "GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        ("HTTP/2", "GET /health HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        ("HTTP/1.2", "GET /health HTTP/1.2\r\nHost: a\r\n\r\n", 505),
        ("a NUL in a field", "GET /health HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", 400),
        ("a field without a colon", "GET /health HTTP/1.1\r\nHost: a\r\nnothing\r\n\r\n", 400),
        ("a target without a slash", "GET health HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("a target of another scheme", "GET file:///etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("a method that is none", "G@T /health HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("a TLS greeting", "\u{16}\u{03}\u{01}\u{02}\0\u{01}\0\u{01}\r\n\r\n", 400),
        ("one long field", "GET / HTTP/1.1\r\nHost: x\r\nX: " + String(repeating: "a", count: 65536) + "\r\n\r\n", 431),
        ("many small fields", "GET / HTTP/1.1\r\nHost: x\r\n" + fields(10_000) + "\r\n", 431),
        ("too many fields", "GET / HTTP/1.1\r\nHost: x\r\n" + fields(101) + "\r\n", 431),
        ("a long target", "GET /" + String(repeating: "a", count: 10_000) + " HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        ("a target without end", "GET /" + String(repeating: "a", count: 100_000), 414),
        (
            "a chunk extension without end",
            head + "Transfer-Encoding: chunked\r\n\r\n1;" + String(repeating: "a", count: 200_000), 431
        ),
    ]

    private static func fields(_ count: Int) -> String {
        (0..<count).map { "X\($0): y\r\n" }.joined()
    }

    @Test func `what could be read in two ways, is malformed or too large is refused, and the server goes on`()
        async throws
    {
        try await withServer(configure: { $0.limits.body = 1 << 20 }) { _, port in
            for (what, bytes, status) in Self.cases {
                let connection = try RawConnection(port: port)
                try await connection.send(bytes)
                let text = try await connection.receiveAll()
                #expect(text.hasPrefix("HTTP/1.1 \(status) "), "\(what): \(text.prefix(40))")
                #expect(text.contains(#"{"error":{"message":""#), "\(what)")
                #expect(text.contains("Connection: close\r\n"), "\(what)")
            }
            try await expectStatus(200, of: "GET /health HTTP/1.1\r\nHost: x\r\n\r\n", port)
        }
    }

    @Test func `nothing after a refused request is taken for the next one`() async throws {
        try await withServer { _, port in
            let connection = try RawConnection(port: port)
            let smuggled = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
            try await connection.send(Self.head + "Content-Length: 2\r\nContent-Length: 30\r\n\r\n" + smuggled)
            let text = try await connection.receiveAll()
            #expect(text.components(of: "HTTP/1.1 ") == 1)
        }
    }

    @Test func `a body that is too large is refused before it is sent when the client waits for 100 Continue`()
        async throws
    {
        try await withServer(configure: { $0.limits.body = 10 }) { _, port in
            let connection = try RawConnection(port: port)
            try await connection.send(Self.head + "Content-Length: 11\r\nExpect: 100-continue\r\n\r\n")
            #expect(try await connection.receiveAll().hasPrefix("HTTP/1.1 413 "))
        }
    }

    @Test func `a body exactly as large as the limit is taken, in one piece or in chunks`() async throws {
        try await withServer(configure: { $0.limits.body = 10 }) { _, port in
            try await expectStatus(200, of: Self.head + "Content-Length: 10\r\n\r\n0123456789", port)
            let chunks = "5\r\n01234\r\n5\r\n56789\r\n"
            try await expectStatus(200, of: Self.head + "Transfer-Encoding: chunked\r\n\r\n\(chunks)0\r\n\r\n", port)
            try await expectStatus(413, of: Self.head + "Transfer-Encoding: chunked\r\n\r\n\(chunks)1\r\n", port)
        }
    }

    @Test func `above the limit of connections a client is told so and when to come back`() async throws {
        try await withServer(configure: { $0.limits.connections = 2 }) { _, port in
            let first = try RawConnection(port: port)
            let second = try RawConnection(port: port)
            for connection in [first, second] {
                var answers = AnswerReader(connection)
                try await connection.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(try await answers.next().status == 200)
            }
            var answers = AnswerReader(try RawConnection(port: port))
            let answer = try await answers.next()
            #expect(answer.status == 503)
            #expect(answer.headers["retry-after"] == "1")
            #expect(answer.text.contains("too_many_connections"))
            var still = AnswerReader(first)
            try await first.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try await still.next().status == 200)
        }
    }
}

/// Sends one request on a connection of its own.
func expectStatus(
    _ status: Int,
    of request: String,
    _ port: UInt16,
    sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    let connection = try RawConnection(port: port)
    try await connection.send(request)
    var answers = AnswerReader(connection)
    let answer = try await answers.next(isHead: request.hasPrefix("HEAD"))
    #expect(answer.status == status, sourceLocation: sourceLocation)
}

extension String {
    /// How often `part` occurs.
    func components(of part: String) -> Int {
        var count = 0
        var rest = utf8[...]
        while !rest.isEmpty {
            if rest.starts(with: part.utf8) { count += 1 }
            rest = rest.dropFirst()
        }
        return count
    }
}
