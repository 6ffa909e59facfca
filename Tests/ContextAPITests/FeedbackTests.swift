import ContextCore
import Testing

/// `POST /feedback/evaluate`, `GET` and `DELETE /session/{id}`.
@Suite struct FeedbackTests {
    private static func report(_ confidence: JSONValue, gaps: JSONValue = [], session: JSONValue = "s") -> JSONValue {
        ["session_id": session, "response": "An answer.", "confidence": confidence, "gaps": gaps]
    }

    @Test(arguments: [(0.0, "low"), (0.59, "low"), (0.6, "medium"), (0.79, "medium"), (0.8, "high"), (1.0, "high")])
    func `confidence falls into its level`(confidence: Double, level: String) async throws {
        try await withRoost { roost in
            _ = try await roost.pull(["session_id": "s", "query": "lighthouse"])
            let evaluation = try await roost.post("/feedback/evaluate", Self.report(.number(confidence))).json(status: 200)
            #expect(evaluation["confidence_level"] == .string(level))
            #expect(evaluation["should_refine"] == false)
            #expect(evaluation["estimated_confidence_increase"] == 0)
            #expect(evaluation["suggested_queries"] == [])
        }
    }

    @Test func `the answer has the contract's members`() async throws {
        try await withRoost { roost in
            try await StarterKnowledge.load(into: roost)
            _ = try await roost.pull(["session_id": "s", "query": "systemd unit for a network service"])
            let gaps: JSONValue = ["Missing specific systemd sandbox configuration", "Missing restart policy"]
            let evaluation = try await roost.post("/feedback/evaluate", Self.report(0.5, gaps: gaps)).json(status: 200)
            #expect(
                evaluation.names == [
                    "available_collections", "confidence_level", "degraded", "estimated_confidence_increase",
                    "session_info", "should_refine", "suggested_queries",
                ]
            )
            let info = evaluation["session_info"]
            #expect(info.names == ["session_id", "total_queries", "total_tokens_sent", "turn_count"])
            #expect(info["session_id"] == "s" && info["turn_count"] == 1 && info["total_queries"] == 1)
            #expect(evaluation["available_collections"].strings == StarterKnowledge.collections)
            #expect(evaluation["should_refine"] == true)
            for query in evaluation["suggested_queries"].strings {
                #expect(!query.lowercased().contains("missing"))
            }
        }
    }

    @Test func `gaps that nothing answers are nothing to refine`() async throws {
        try await withRoost { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            _ = try await roost.pull(["session_id": "s", "query": "lighthouse", "collections": ["sea"]])
            let evaluation = try await roost.post(
                "/feedback/evaluate",
                Self.report(0.3, gaps: ["Missing zeppelin hydrogen valves", ""])
            ).json(status: 200)
            #expect(evaluation["confidence_level"] == "low")
            #expect(evaluation["should_refine"] == false)
            #expect(evaluation["estimated_confidence_increase"] == 0)
        }
    }

    @Test func `no more than five queries, all different, none that was asked`() async throws {
        try await withRoost { roost in
            try await StarterKnowledge.load(into: roost)
            _ = try await roost.pull(["session_id": "s", "query": "nginx buffering", "max_tokens": 100])
            let words = ["nginx timeouts", "nginx buffering", "nginx upstream", "nginx TLS", "nginx gzip", "nginx logs"]
            let gaps = JSONValue.array((words + words).map { .string("Missing \($0)") })
            let evaluation = try await roost.post("/feedback/evaluate", Self.report(0.5, gaps: gaps)).json(status: 200)
            let queries = evaluation["suggested_queries"].strings
            #expect(queries.count <= 5 && Set(queries).count == queries.count)
            #expect(!queries.contains("nginx buffering"))
        }
    }

    @Test func `bad reports are refused with the field's name`() async throws {
        try await withRoost { roost in
            _ = try await roost.pull(["session_id": "s", "query": "x"])
            func refuse(_ body: JSONValue, _ param: String) async {
                await roost.post("/feedback/evaluate", body).expectError(400, "invalid_request", param: param)
            }
            for confidence: JSONValue in [-0.1, 1.1, "high", .null, true, 1e300] {
                await refuse(Self.report(confidence), "confidence")
            }
            for name in ["session_id", "response", "confidence"] {
                await refuse(Self.report(0.5).without(name), name)
            }
            await refuse(Self.report(0.5, gaps: "one"), "gaps")
            await refuse(Self.report(0.5, gaps: ["fine", 3]), "gaps[1]")
            await refuse(Self.report(0.5, gaps: .array(Array(repeating: "gap", count: 51))), "gaps")
            await refuse(Self.report(0.5, gaps: [.string(String(repeating: "g", count: 1_001))]), "gaps")
            await refuse(Self.report(0.5).with(["response": " "]), "response")
            await roost.post("/feedback/evaluate", Self.report(0.5, session: "unknown"))
                .expectError(404, "not_found", param: "session_id", says: "unknown")
        }
    }

    @Test func `a session says what was asked and sent`() async throws {
        try await withRoost { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            let turn = try await roost.pull(["session_id": "s", "query": " lighthouse ", "collections": ["sea"]])
            roost.clock.advance(seconds: 90)
            _ = try await roost.post("/feedback/evaluate", Self.report(0.9)).json(status: 200)
            let session = try await roost.get("/session/s").json(status: 200)
            #expect(
                session == [
                    "session_id": "s", "created_at": "2026-01-05T21:00:00Z", "last_accessed": "2026-01-05T21:01:30Z",
                    "turn_count": 1, "total_queries": 1, "queries": ["lighthouse"], "metadata": [:],
                    "total_context_items_sent": .number(turn["context_ids"].elements.count),
                    "total_tokens_sent": turn["token_count"],
                ]
            )
        }
    }

    @Test func `a cleared session is gone, also for its feedback`() async throws {
        try await withRoost { roost in
            _ = try await roost.pull(["session_id": "s", "query": "x"])
            _ = try await roost.delete("/session/s").json(status: 200)
            await roost.delete("/session/s").expectError(404, "not_found")
            await roost.get("/session/s").expectError(404, "not_found")
            await roost.post("/feedback/evaluate", Self.report(0.5)).expectError(404, "not_found", param: "session_id")
        }
    }

    @Test func `feedback beside turns loses no count, and beside a deletion revives nothing`() async throws {
        try await withRoost { roost in
            try await StarterKnowledge.load(into: roost)
            let gaps: JSONValue = ["Missing pool sizes", "Missing timeouts", "Missing restart policy"]
            let first = try await roost.pull(["session_id": "s", "query": "PostgreSQL connections", "max_tokens": 100])
            let tokens = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        let query = JSONValue.string("topic \(number) nginx systemd")
                        return try await roost.pull(["session_id": "s", "query": query])["token_count"].integer ?? -1
                    }
                    group.addTask {
                        _ = try await roost.post("/feedback/evaluate", Self.report(0.5, gaps: gaps)).json(status: 200)
                        return 0
                    }
                }
                return try await group.reduce(first["token_count"].integer ?? -1, +)
            }
            let session = try await roost.get("/session/s").json(status: 200)
            #expect(session["total_tokens_sent"].integer == tokens)

            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask { _ = await roost.post("/feedback/evaluate", Self.report(0.5, gaps: gaps)) }
                }
                group.addTask { _ = await roost.delete("/session/s") }
            }
            await roost.get("/session/s").expectError(404, "not_found")
        }
    }
}
