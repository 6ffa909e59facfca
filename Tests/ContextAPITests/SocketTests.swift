import ContextCore
import HTTP
import Runtime
import Testing

/// What concerns bytes on the wire, over a real socket.
@Suite(.serialized, .timeLimit(.minutes(5))) struct SocketTests {
    private func withLive(
        configure: (inout ServerConfiguration) -> Void = { _ in },
        _ body: @Sendable (LiveServer, Roost) async throws -> Void
    ) async throws {
        try await withRoost { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            try await withLiveServer(roost, configure: configure) { live in
                try await body(live, roost)
                try await live.expectHealthy()
            }
        }
    }

    private static func request(_ line: String, _ headers: [String] = [], body: String = "") -> String {
        let fields = ["Host: x", "Connection: close", "Content-Length: \(body.utf8.count)"] + headers
        return "\(line) HTTP/1.1\r\n\(fields.joined(separator: "\r\n"))\r\n\r\n\(body)"
    }

    private static func status(_ answer: String) -> Int? {
        answer.split(separator: " ", maxSplits: 2).dropFirst().first.flatMap { Int($0) }
    }

    @Test func `a turn over the wire, with its request id`() async throws {
        try await withLive { live, _ in
            let answer = try await live.send(
                .post,
                "/context/multi_turn",
                headers: ["Content-Type": "application/json", "X-Request-Id": "abc-123"],
                body: Array(#"{"query":"lighthouse","collections":["sea"]}"#.utf8)
            )
            #expect(answer.status == 200 && answer.headers["X-Request-Id"] == "abc-123")
            #expect(answer.body["context_ids"].elements.count == Texts.lighthouses.count)
        }
    }

    @Test func `HEAD has the head of GET and no body`() async throws {
        try await withLive { live, _ in
            let get = try await live.speak(Self.request("GET /v1/collections/sea"))
            let head = try await live.speak(Self.request("HEAD /v1/collections/sea"))
            #expect(Self.status(head) == 200 && head.hasSuffix("\r\n\r\n"))
            let length = try #require(
                get.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
            )
            #expect(head.contains(length))
        }
    }

    @Test func `errors have the one form, those of the transport too`() async throws {
        try await withLive { live, _ in
            for (method, target) in [(HTTPMethod.get, "/nowhere"), (.put, "/health"), (.get, "/session/%zz")] {
                try await live.send(method, target).expectErrorForm()
            }
            let garbage = try await live.speak("NONSENSE\r\n\r\n", isHalf: true)
            #expect(Self.status(garbage) == 400)
            #expect(garbage.contains(#""error":{"#) && garbage.contains(#""param":null"#))
        }
    }

    @Test func `a body over the limit is 413, announced or not`() async throws {
        try await withLive(configure: { $0.limits.body = 64 << 10 }) { live, _ in
            let large = "{\"query\":\"" + String(repeating: "x", count: 70_000) + "\"}"
            let announced = try await live.speak(Self.request("POST /context/multi_turn", body: large))
            #expect(Self.status(announced) == 413)
            #expect(announced.contains(#""type":"invalid_request_error""#) && announced.contains("65536"))
            let chunk = String(repeating: "x", count: 16_384)
            let chunks = (0..<5).map { _ in "4000\r\n\(chunk)\r\n" }.joined() + "0\r\n\r\n"
            let chunked = try await live.speak(
                "POST /v1/search HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n\(chunks)"
            )
            #expect(Self.status(chunked) == 413)
        }
    }

    @Test func `a form with a document of 50 MB is within the default limit of a body`() {
        #expect(ServerConfiguration().limits.body >= 51 << 20)
    }

    @Test func `ten thousand header fields are refused`() async throws {
        try await withLive { live, _ in
            let cases: [(fields: [String], status: Int)] = [
                ((0..<10_000).map { "X-Field-\($0): value" }, 431),
                ((0..<300).map { "X\($0): v" }, 431),
                (["X-Long: " + String(repeating: "v", count: 40_000)], 431),
                (["X-Short: v"], 200),
            ]
            for (fields, status) in cases {
                let answer = try await live.speak(Self.request("GET /v1/collections", fields))
                #expect(Self.status(answer) == status, "\(fields.count) fields")
            }
            let target = "/session/" + String(repeating: "s", count: 9_000)
            let answer = try await live.speak(Self.request("GET \(target)"))
            #expect(Self.status(answer) == 414)
        }
    }

    @Test func `half requests disturb nobody`() async throws {
        try await withLive { live, _ in
            let whole = Array(Self.request("POST /context/multi_turn", body: #"{"query":"lighthouse"}"#).utf8)
            for count in stride(from: 1, to: whole.count, by: 7) {
                let answer = try await live.speak(Array(whole.prefix(count)), isHalf: true)
                #expect(answer.isEmpty || Self.status(answer) == 400 || Self.status(answer) == 408, "\(answer)")
            }
            #expect(Self.status(try await live.speak(whole)) == 200)
        }
    }

    @Test func `bytes that no request has are refused`() async throws {
        try await withLive { live, _ in
            let lines = [
                "GET /session/\u{0}", "GET /\u{7F}", "G\u{0}T /health", "GET  /health", "GET", "GET /health\u{0}",
                "\u{0}\u{1}\u{2}",
                "POST /v1/search HTTP/9.9\r\nX: y",
            ]
            for line in lines {
                let answer = try await live.speak(Self.request(line), isHalf: true)
                #expect(answer.isEmpty || (400...505).contains(Self.status(answer) ?? 0), "\(line): \(answer)")
            }
            let latin = try await live.speak(
                Array("GET /session/".utf8) + [0xFF, 0xFE]
                    + Array(" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".utf8)
            )
            #expect(latin.isEmpty || (400...404).contains(Self.status(latin) ?? 0), "\(latin)")
        }
    }

    @Test func `invalid UTF-8 in a body is refused in the one form`() async throws {
        try await withLive { live, _ in
            let body = Array(#"{"query":""#.utf8) + [0xC3, 0x28, 0xFF] + Array(#""}"#.utf8)
            let answer = try await live.send(
                .post,
                "/context/multi_turn",
                headers: ["Content-Type": "application/json"],
                body: body
            )
            answer.expectError(400, "invalid_json")
        }
    }

    @Test func `a client that never reads a large export stops nobody`() async throws {
        try await withLive { live, roost in
            _ = try await roost.pull(["session_id": "s", "query": "lighthouse"])
            let long = JSONValue.string(String(repeating: "A long answer. ", count: 6_000))
            for _ in 0..<60 {
                _ = try await roost.post(
                    "/feedback/evaluate",
                    ["session_id": "s", "response": long, "confidence": 0.9]
                ).json(status: 200)
            }
            let deaf = try ClientSocket(port: live.port, receiveBuffer: 4_096)
            deaf.send(Array(Self.request("GET /training_data/export?format=raw").utf8))
            for _ in 0..<5 {
                try await live.expectHealthy()
                let turn = try await roost.pull(["query": "lighthouse", "collections": ["sea"]])
                #expect(turn["turn_number"] == 1)
            }
            #expect(try await live.export("format=raw").count == 60)
        }
    }

    @Test func `a wrong content type is read as what the body is, or refused`() async throws {
        try await withLive { live, _ in
            let body = Array(#"{"query":"lighthouse"}"#.utf8)
            for type in [
                "text/plain", "application/xml", "", "application/json; charset=utf-16",
                "multipart/form-data; boundary=b",
            ] {
                let search = try await live.send(.post, "/v1/search", headers: ["Content-Type": type], body: body)
                #expect([200, 400, 415].contains(search.status))
                let upload = try await live.send(.post, "/v1/documents", headers: ["Content-Type": type], body: body)
                #expect([400, 415].contains(upload.status))
                upload.expectErrorForm()
            }
        }
    }
}
