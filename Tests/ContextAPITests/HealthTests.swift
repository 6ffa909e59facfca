import ContextCore
import HTTP
import Testing

/// `/health`, `/ready`, `/metrics`, and what no route answers.
@Suite struct HealthTests {
    @Test func `health needs no credentials, everything else does`() async throws {
        try await withRoost { roost in
            #expect(await roost.get("/health", as: "stranger").body["status"] == "ok")
            #expect(await roost.get("/ready", as: "stranger").status == 200)
            #expect(await roost.get("/metrics", as: "stranger").status == 200)
            for (method, target) in Self.guarded {
                let answer = await roost.send(method, target, ["query": "x"], as: "stranger")
                answer.expectError(401, "unauthenticated")
                #expect(answer.body["error"]["type"] == "authentication_error")
            }
        }
    }

    private static let guarded: [(HTTPMethod, String)] = [
        (.post, "/v1/jobs"), (.post, "/v1/inference"), (.post, "/api/compact/embeddings"),
        (.post, "/api/compact/summarize"), (.get, "/api/compact/tasks/t"),
        (.post, "/context/multi_turn"), (.post, "/feedback/evaluate"), (.get, "/session/s"), (.delete, "/session/s"),
        (.get, "/discovery"), (.get, "/discovery/x"), (.post, "/interactions/record"), (.get, "/training_data/export"),
        (.get, "/v1/manifests/m"), (.post, "/v1/collections"), (.get, "/v1/collections"), (.get, "/v1/collections/x"),
        (.delete, "/v1/collections/x"), (.post, "/v1/collections/x/passages"),
        (.delete, "/v1/collections/x/passages/p"), (.post, "/v1/documents"), (.get, "/v1/documents/d"),
        (.delete, "/v1/documents/d"), (.post, "/v1/search"), (.get, "/v1/ws"), (.post, "/v1/embed"),
        (.post, "/v1/embeddings"), (.post, "/v1/conversations"), (.get, "/v1/conversations"),
        (.get, "/v1/conversations/c"), (.delete, "/v1/conversations/c"), (.get, "/v1/conversations/c/messages"),
        (.post, "/v1/conversations/c/messages"), (.post, "/v1/chat/completions"), (.get, "/v1/models"),
        (.get, "/v1/models/m"), (.post, "/v1/rag/sessions"), (.post, "/v1/rag/sessions/s/prompts"),
        (.delete, "/v1/rag/sessions/s"), (.post, "/v1/rag/tokens/revoke"),
    ]

    @Test func `the table of routes is the one that is guarded here`() async throws {
        try await withRoost { roost in
            #expect(roost.router.routes.count == Self.guarded.count + 3)
        }
    }

    @Test func `ready says what is degraded and how much there is`() async throws {
        try await withRoost { roost in
            let ready = try await roost.get("/ready").json(status: 200)
            #expect(ready.names == ["degraded", "embeddings", "lag", "passages", "status"])
            #expect(ready["status"] == "ready" && ready["degraded"] == ["embeddings"] && ready["lag"] == 0)
            await roost.close()
            let answer = await roost.get("/ready")
            answer.expectError(503, "overloaded")
            #expect(answer.headers["Retry-After"] != nil)
        }
    }

    @Test func `metrics are Prometheus' text`() async throws {
        try await withRoost { roost in
            let answer = await roost.get("/metrics")
            #expect(answer.headers["Content-Type"]?.hasPrefix("text/plain; version=0.0.4") == true)
            try Prometheus.check(answer.text)
            #expect(answer.text.contains("roost_passages 0"))
        }
    }

    @Test func `an unknown path is 404, another method 405 with what is allowed`() async throws {
        try await withRoost { roost in
            for path in ["/", "/context", "/context/multi_turn/", "/v1", "/session/", "/session/a/b", "/HEALTH"] {
                await roost.get(path).expectError(404)
            }
            let allowed = [
                ("/context/multi_turn", "POST"), ("/session/s", "DELETE, GET, HEAD"), ("/discovery", "GET, HEAD"),
                ("/v1/collections", "GET, HEAD, POST"), ("/v1/search", "POST"), ("/health", "GET, HEAD"),
            ]
            for (path, methods) in allowed {
                for method in [HTTPMethod.put, .patch, .options, HTTPMethod(rawValue: "BREW")] {
                    let answer = await roost.send(method, path)
                    answer.expectError(405, "method_not_allowed")
                    #expect(answer.headers["Allow"] == methods)
                }
            }
        }
    }

    @Test func `HEAD is answered where GET is`() async throws {
        try await withRoost { roost in
            #expect(await roost.send(.head, "/health").status == 200)
            #expect(await roost.send(.head, "/v1/collections").status == 200)
            #expect(await roost.send(.head, "/v1/search").status == 405)
        }
    }
}

/// The text format 0.0.4.
enum Prometheus {
    static func check(_ text: String) throws {
        #expect(text.hasSuffix("\n"))
        var types: [String: Substring] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", omittingEmptySubsequences: false)
            switch words.first {
            case "#":
                let name = String(try #require(words.dropFirst(2).first))
                #expect(words[1] == "HELP" || words[1] == "TYPE")
                if words[1] == "TYPE" {
                    #expect(types.updateValue(words[3], forKey: name) == nil, "two types of \(name)")
                }
            default:
                let value = try #require(line.split(separator: " ").last)
                #expect(Double(value) != nil || value == "+Inf", "\(line)")
                let name = String(line.prefix { $0 != "{" && $0 != " " })
                #expect(name.wholeMatch(of: /[a-zA-Z_:][a-zA-Z0-9_:]*/) != nil, "\(line)")
                let family = ["_bucket", "_sum", "_count"].reduce(name) { name, suffix in
                    name.hasSuffix(suffix) && types[name] == nil ? String(name.dropLast(suffix.count)) : name
                }
                #expect(types[family] != nil, "\(line) has no type")
            }
        }
    }
}
