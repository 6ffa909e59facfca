import ContextCore
import HTTP
import Testing

/// Input that no client should send. Each is answered as the contract says, and the server goes on.
@Suite struct BadInputTests {
    private func withSea(_ body: (Roost) async throws -> Void) async throws {
        try await withRoost { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            _ = try await roost.pull(["session_id": "s", "query": "lighthouse", "collections": ["sea"]])
            try await body(roost)
            #expect(await roost.get("/health").status == 200)
        }
    }

    @Test(arguments: Endpoint.all) func `the valid body is valid`(endpoint: Endpoint) async throws {
        try await withSea { roost in
            let answer = await endpoint.send(Array(endpoint.body.description.utf8), to: roost)
            #expect((200..<300).contains(answer.status), "\(answer.text)")
            #expect(answer.headers["X-Roost-Ignored"] == nil)
        }
    }

    @Test(arguments: Endpoint.all) func `a body that is cut anywhere is invalid JSON`(endpoint: Endpoint) async throws {
        try await withSea { roost in
            let bytes = Array(endpoint.body.description.utf8)
            for count in bytes.indices {
                await endpoint.send(Array(bytes.prefix(count)), to: roost).expectError(400, "invalid_json")
            }
        }
    }

    @Test(arguments: Endpoint.all) func `a body that is no object is refused`(endpoint: Endpoint) async throws {
        try await withSea { roost in
            for text in ["[]", "1", "null", "true", #""text""#, "[{}]", " ", "\u{FEFF}", "{}{}", "{},", "not json"] {
                await endpoint.send(Array(text.utf8), to: roost).expectError(400)
            }
        }
    }

    @Test(arguments: Endpoint.all) func `bytes that no JSON has are refused`(endpoint: Endpoint) async throws {
        try await withSea { roost in
            let text = endpoint.body.description
            let member = try #require(endpoint.body.objectValue?.first { $0.value.isString || $0.key == "passages" })
            let bodies: [[UInt8]] = [
                [0xFF, 0xFE] + Array(text.utf8),
                Array(text.utf8) + [0],
                Array("{\"\(member.key)\":\"".utf8) + [0xC3, 0x28] + Array("\"}".utf8),
                Array("{\"\(member.key)\":\"".utf8) + [0xED, 0xA0, 0x80] + Array("\"}".utf8),
                Array(#"{"\#(member.key)":"\uD800"}"#.utf8),
                Array(#"{"\#(member.key)":"\uDC00x"}"#.utf8),
                Array(#"{"\#(member.key)":"a\#("\n")b"}"#.utf8),
                Array(#"{"\#(member.key)":NaN}"#.utf8),
                Array(#"{"\#(member.key)":-Infinity}"#.utf8),
                Array(#"{"\#(member.key)":1e999}"#.utf8),
                Array(#"{'\#(member.key)':'x'}"#.utf8),
                Array(#"{"\#(member.key)":"x",}"#.utf8),
                Array(#"{"\#(member.key)":/* why */"x"}"#.utf8),
            ]
            for body in bodies { await endpoint.send(body, to: roost).expectError(400) }
        }
    }

    @Test(arguments: Endpoint.all) func `a hundred thousand levels are refused`(endpoint: Endpoint) async throws {
        try await withSea { roost in
            let depth = 100_000
            for (open, close) in [("[", "]"), (#"{"a":"#, "}")] {
                let deep = String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
                await endpoint.send(Array(deep.utf8), to: roost).expectError(400)
                for name in endpoint.body.names {
                    let text = #"{"\#(name)":\#(deep)}"#
                    await endpoint.send(Array(text.utf8), to: roost).expectError(400)
                }
            }
        }
    }

    /// Values that are wrong for every member but those that take any text, any number or any object.
    private static let strange: [JSONValue] = [
        .null, true, -1, 0, 1.5, 1e18, 1e300, -1e300, "", " ", "\u{0}", "\u{202E}\u{FFFF}", [], [[]], [:], [.null],
        [1, "a", .null], ["": .null], ["a": ["b": ["c": []]]], 9.3e18, -9.3e18,
        .string(String(repeating: "x", count: 200_000)), .array(Array(repeating: "x", count: 20_000)),
    ]

    @Test(arguments: Endpoint.all) func `a member of another type or size is never the server's fault`(
        endpoint: Endpoint
    ) async throws {
        try await withSea { roost in
            for name in endpoint.body.names {
                for value in Self.strange {
                    let body = endpoint.body.with(.object([name: value]))
                    let answer = await endpoint.send(Array(body.description.utf8), to: roost)
                    if (200..<300).contains(answer.status) { continue }
                    #expect((400..<500).contains(answer.status), "\(name) \(value.description.prefix(60)): \(answer.text)")
                    answer.expectErrorForm()
                    let param = answer.body["error"]["param"].stringValue ?? ""
                    #expect(param.hasPrefix(name), "\(name) \(value.description.prefix(60)): \(answer.text.prefix(300))")
                }
            }
        }
    }

    @Test func `numbers beyond an integer are refused with the member's name`() async throws {
        try await withSea { roost in
            for number in ["9223372036854775808", "1e19", "-9223372036854775809", "1.5", "0.1e1", "1e999", "-0.5"] {
                let bytes = Array(#"{"query":"x","max_tokens":\#(number)}"#.utf8)
                await roost.send(.post, "/context/multi_turn", bytes: bytes).expectError(400, param: "max_tokens")
            }
            let whole = await roost.send(
                .post,
                "/context/multi_turn",
                bytes: Array(#"{"query":"x","max_tokens":1e3}"#.utf8)
            )
            #expect(whole.status == 200)
        }
    }

    @Test func `duplicate members, escapes and a query of NULs do no harm`() async throws {
        try await withSea { roost in
            for text in [
                #"{"query":"one","query":"two"}"#, #"{"query":"\u0000"}"#, #"{"query":"a\u0000b"}"#,
                #"{"query":"\ud83d\ude00"}"#, #"{"query":"\u202e\u0007\u001b[31m"}"#, #"{"qu\u0065ry":"x"}"#,
                "\u{FEFF}{\"query\":\"x\"}", " \r\n\t{ \"query\" : \"x\" } \n",
            ] {
                let answer = await roost.send(.post, "/context/multi_turn", bytes: Array(text.utf8))
                #expect(answer.status == 200 || answer.status == 400, "\(text): \(answer.text)")
                if answer.status == 400 { answer.expectErrorForm() }
            }
        }
    }

    @Test func `a query of a megabyte is refused, not cut`() async throws {
        try await withSea { roost in
            let large = JSONValue.string(String(repeating: "word ", count: 200_000))
            await roost.post("/context/multi_turn", ["query": large]).expectError(400, param: "query", says: "8192")
            await roost.post("/v1/search", ["query": large]).expectError(400, param: "query", says: "8192")
        }
    }

    @Test func `ids and names in paths are mere data`() async throws {
        try await withSea { roost in
            let ids = [
                "..%2f..%2fetc", "%2e%2e", "..", "%00", "%", "%zz", "%C3%28", "'%20OR%201=1--", "%22%3B--", "s%0d%0aX:1",
                "%F0%9F%98%80", String(repeating: "a", count: 8_000), "*", "%25", "s%00", "s/../s", "%ED%A0%80",
            ]
            for id in ids {
                for target in ["/session/\(id)", "/discovery/\(id)", "/v1/collections/\(id)", "/v1/manifests/\(id)", "/v1/documents/\(id)", "/v1/collections/sea/passages/\(id)"] {
                    for method in [HTTPMethod.get, .delete] {
                        let answer = await roost.send(method, target)
                        #expect([400, 404, 405].contains(answer.status), "\(method) \(target): \(answer.text)")
                        answer.expectErrorForm()
                    }
                }
            }
            #expect(await roost.get("/session/%73").status == 200)
        }
    }

    @Test func `garbage in a query string is refused or without meaning, never an error of the server`() async throws {
        try await withSea { roost in
            for query in ["%", "format=%zz", "&&&=", "format=chat%00", "since=%C3%28", "=x", "format", "format=raw&format=xml"] {
                let answer = await roost.get("/training_data/export?\(query)")
                #expect(answer.status == 200 || answer.status == 400, "\(query): \(answer.status)")
            }
        }
    }
}
