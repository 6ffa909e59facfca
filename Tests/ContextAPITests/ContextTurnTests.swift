import ContextCore
import HTTP
import Testing

/// `POST /context/multi_turn`.
@Suite struct ContextTurnTests {
    private static let members = [
        "collections_searched", "context", "context_ids", "degraded", "manifest_id", "omitted", "session_id",
        "suggestions", "token_count", "turn_number",
    ]

    @Test func `the answer has the contract's members and the additive ones`() async throws {
        try await withRoost { roost in
            try await StarterKnowledge.load(into: roost)
            let turn = try await roost.pull(["query": "nginx buffers server-sent events"])
            #expect(turn.names == Self.members)
            #expect(turn["omitted"].names == ["already_sent", "below_threshold", "near_duplicate", "over_budget"])
            #expect(turn["collections_searched"] == ["error-solutions", "best-practices"])
            #expect(turn["turn_number"] == 1)
            #expect(try #require(turn["token_count"].integer) <= 2_000)
            let explained = try await roost.pull(["query": "nginx buffers server-sent events", "explain": true])
            #expect(explained.names == (Self.members + ["manifest"]).sorted())
        }
    }

    @Test func `each level asks its collections in its form`() async throws {
        try await withRoost { roost in
            try await StarterKnowledge.load(into: roost)
            let query: JSONValue = ["query": "FATAL: sorry, too many clients already"]
            let standard = try await roost.pull(query)
            let detailed = try await roost.pull(query.with(["context_level": "detailed"]))
            let comprehensive = try await roost.pull(query.with(["context_level": "comprehensive"]))
            #expect(detailed["collections_searched"].strings == StarterKnowledge.collections)
            #expect(
                comprehensive["collections_searched"].strings
                    == StarterKnowledge.collections + ["skills-patterns", "interaction-history"]
            )
            let full = try #require(detailed["context"].stringValue)
            for field in ["**Error:**", "**Context:**", "**Solution:**", "**Source:**", "**Confidence:**"] {
                #expect(full.contains(field))
            }
            #expect(full.contains("FATAL:  sorry, too many clients already"))
            #expect(standard["context"].stringValue?.contains("**Context:**") == false)
            #expect(comprehensive["context"].stringValue?.contains("postgresql") == true)
        }
    }

    @Test func `what was sent briefly comes once more in full, what was sent in full never again`() async throws {
        try await withRoost { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            let query: JSONValue = ["session_id": "s", "query": "lighthouse", "collections": ["sea"]]
            let brief = try await roost.pull(query)["context_ids"].strings
            let full = try await roost.pull(query.with(["context_level": "detailed"]))["context_ids"].strings
            let again = try await roost.pull(query.with(["context_level": "detailed"]))
            #expect(brief.count == Texts.lighthouses.count)
            #expect(Set(full) == Set(brief))
            #expect(again["context_ids"] == [])
            #expect(again["context"] == "No relevant context found in local knowledge base.")
            #expect(again["omitted"]["already_sent"].integer == Texts.lighthouses.count)
        }
    }

    @Test func `an unknown session begins under its id, a null one under a new id`() async throws {
        try await withRoost { roost in
            let chosen = try await roost.pull(["query": "anything", "session_id": "my-own"])
            #expect(chosen["session_id"] == "my-own" && chosen["turn_number"] == 1)
            #expect(try await roost.pull(["query": "anything", "session_id": "my-own"])["turn_number"] == 2)
            let first = try await roost.pull(["query": "anything", "session_id": .null])
            let second = try await roost.pull(["query": "anything"])
            #expect(first["session_id"].isString && first["session_id"] != second["session_id"])
        }
    }

    @Test func `a session expires an hour after its last use and begins afresh`() async throws {
        try await withRoost { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            let query: JSONValue = ["session_id": "s", "query": "lighthouse", "collections": ["sea"]]
            let first = try await roost.pull(query)
            roost.clock.advance(seconds: 3_599)
            #expect(try await roost.pull(query)["turn_number"] == 2)
            roost.clock.advance(seconds: 3_600)
            await roost.get("/session/s").expectError(404, "not_found")
            let fresh = try await roost.pull(query)
            #expect(fresh["turn_number"] == 1)
            #expect(fresh["context_ids"] == first["context_ids"])
            #expect(try await roost.get("/session/s").json(status: 200)["turn_count"] == 1)
        }
    }

    @Test func `turns of one session at the same time are all kept`() async throws {
        try await withRoost { roost in
            try await withThrowingTaskGroup(of: Int?.self) { group in
                for _ in 0..<12 {
                    group.addTask { try await roost.pull(["session_id": "s", "query": "crowd"])["turn_number"].integer }
                }
                var numbers: [Int] = []
                for try await number in group { numbers.append(number ?? 0) }
                #expect(numbers.sorted() == Array(1...12))
            }
            #expect(try await roost.get("/session/s").json(status: 200)["turn_count"] == 12)
        }
    }

    @Test func `ids that the client has already are not sent`() async throws {
        try await withRoost { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            let turn = try await roost.pull([
                "query": "lighthouse", "collections": ["sea"], "previous_context_ids": ["t0", "t3", "unknown"],
            ])
            #expect(Set(turn["context_ids"].strings).isDisjoint(with: ["t0", "t3"]))
            #expect(turn["omitted"]["already_sent"] == 2)
        }
    }

    @Test func `a filter holds, and a passage without the key is out`() async throws {
        try await withRoost { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            let turn = try await roost.pull([
                "query": "lighthouse", "collections": ["sea"], "filter": ["number": ["$gte": 4]],
            ])
            #expect(Set(turn["context_ids"].strings) == ["t4", "t5"])
            let bare = try await roost.pull(["query": "lighthouse", "collections": ["sea"], "filter": ["number": 1]])
            #expect(bare["context_ids"] == ["t1"])
            await roost.post("/context/multi_turn", ["query": "x", "filter": ["number": ["$near": 1]]])
                .expectError(400, "invalid_request", param: "filter", says: "$near")
        }
    }

    @Test(arguments: [1, 20, 60, 150, 400, 32_000]) func `the budget is never exceeded`(budget: Int) async throws {
        try await withRoost { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            let turn = try await roost.pull([
                "query": "lighthouse", "collections": ["sea"], "context_level": "detailed",
                "max_tokens": .number(budget),
            ])
            let ids = turn["context_ids"].strings
            #expect(try #require(turn["token_count"].integer) <= budget)
            #expect(turn["omitted"]["over_budget"].integer == Texts.lighthouses.count - ids.count)
            if !ids.isEmpty { #expect(roost.tokens(turn["context"].stringValue ?? "") == turn["token_count"].integer) }
        }
    }

    @Test func `a passage that is too big is passed over for smaller ones`() async throws {
        try await withRoost { roost in
            let long = String(repeating: "lighthouse lamp oil wick lens fog reef tide ", count: 200)
            try await roost.fill("sea", with: [long] + Texts.lighthouses)
            let turn = try await roost.pull([
                "query": "lighthouse lamp", "collections": ["sea"], "context_level": "detailed", "max_tokens": 110,
            ])
            #expect(!turn["context_ids"].strings.isEmpty)
        }
    }

    @Test func `nothing found is said in one sentence`() async throws {
        try await withRoost { roost in
            let turn = try await roost.pull(["query": "quantum gardening"])
            #expect(turn["context"] == "No relevant context found in local knowledge base.")
            #expect(turn["context_ids"] == [])
            #expect(turn["suggestions"] == [])
        }
    }

    @Test func `metadata is merged into the session's`() async throws {
        try await withRoost { roost in
            for metadata: JSONValue in [["agent": "a", "try": 1], ["try": 2], .null] {
                _ = try await roost.pull(["session_id": "s", "query": "x", "metadata": metadata])
            }
            #expect(try await roost.get("/session/s").json(status: 200)["metadata"] == ["agent": "a", "try": 2])
        }
    }

    @Test func `limits are refused with the field's name`() async throws {
        try await withRoost { roost in
            func refuse(_ members: JSONValue, _ param: String, _ words: String = "") async {
                await roost.post("/context/multi_turn", JSONValue(dictionaryLiteral: ("query", "x")).with(members))
                    .expectError(400, "invalid_request", param: param, says: words)
            }
            await refuse(["query": ""], "query")
            await refuse(["query": " \n\t "], "query")
            await refuse(["query": .string(String(repeating: "é", count: 8_193))], "query", "8193")
            await refuse(["max_tokens": 0], "max_tokens", "32000")
            await refuse(["max_tokens": 32_001], "max_tokens", "32001")
            await refuse(["context_level": "verbose"], "context_level", "comprehensive")
            await refuse(["metadata": ["big": .string(String(repeating: "x", count: 10_240))]], "metadata", "10240")
            await refuse(["metadata": [1]], "metadata")
            await refuse(["session_id": ""], "session_id")
            await refuse(["session_id": .string(String(repeating: "s", count: 129))], "session_id")
            await refuse(["collections": []], "collections")
            await roost.post("/context/multi_turn", ["query": "x", "collections": ["no-such"]])
                .expectError(404, "not_found", param: "collections", says: "no-such")
            _ = try await roost.pull(["query": .string(String(repeating: "é ", count: 4_096)), "max_tokens": 32_000])
        }
    }

    @Test func `unknown members are ignored, but named`() async throws {
        try await withRoost { roost in
            let answer = await roost.post("/context/multi_turn", ["query": "x", "temperature": 1, "verbose": true])
            #expect(answer.status == 200)
            #expect(answer.headers["X-Roost-Ignored"] == "temperature, verbose")
            let plain = await roost.post("/context/multi_turn", ["query": "x"])
            #expect(plain.headers["X-Roost-Ignored"] == nil)
        }
    }
}
