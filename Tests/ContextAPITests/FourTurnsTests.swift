import ContextCore
import Embeddings
import TestSupport
import Testing

/// A remote model's whole session on the starter knowledge base.
@Suite(.serialized) struct FourTurnsTests {
    @Test(InstalledModel.isThere) func `four turns with the model`() async throws {
        try await withRoost(embedder: try InstalledModel.embedder()) { roost in
            try await converse(with: roost, degraded: .null)
        }
    }

    @Test func `four turns without any model say that they are degraded`() async throws {
        try await withRoost { roost in try await converse(with: roost, degraded: ["embeddings"]) }
    }

    private func converse(with roost: Roost, degraded: JSONValue) async throws {
        try await StarterKnowledge.load(into: roost)
        let first = try await roost.pull([
            "query": "PostgreSQL: too many clients already", "max_tokens": 500, "explain": true,
        ])
        try await check(first, turn: 1, budget: 500, degraded, on: roost)
        let session = first["session_id"]

        let medium = try await feedback(0.65, on: session, roost)
        #expect(medium["confidence_level"] == "medium")
        #expect(medium["should_refine"] == true)
        #expect(medium["degraded"] == degraded)
        let suggested = medium["suggested_queries"].strings
        #expect((1...5).contains(suggested.count) && Set(suggested).count == suggested.count)
        let gain = try #require(medium["estimated_confidence_increase"].number)
        #expect(gain > 0 && gain <= 0.35)

        let query = JSONValue.string(try #require(suggested.first))
        let next: JSONValue = [
            "session_id": session, "query": query, "context_level": "detailed", "max_tokens": 1_500, "explain": true,
        ]
        let second = try await roost.pull(next)
        try await check(second, turn: 2, budget: 1_500, degraded, on: roost)
        #expect(!second["context_ids"].strings.isEmpty)

        let third = try await roost.pull(next)
        try await check(third, turn: 3, budget: 1_500, degraded, on: roost)
        checkNothingIsSentTwice(in: [first, second, third])

        let high = try await feedback(0.92, on: session, roost)
        #expect(high["confidence_level"] == "high")
        #expect(high["should_refine"] == false)

        try await checkEnd(of: session, after: [first, second, third], on: roost)
    }

    private func feedback(_ confidence: Double, on session: JSONValue, _ roost: Roost) async throws -> JSONValue {
        try await roost.post(
            "/feedback/evaluate",
            [
                "session_id": session, "response": "Raise max_connections.", "confidence": .number(confidence),
                "gaps": [
                    "Missing the sizing of connection pools", "Unclear how PgBouncer transaction pooling is configured",
                    "Need idle session timeouts",
                ],
            ]
        ).json(status: 200)
    }

    private func check(
        _ turn: JSONValue,
        turn number: Int,
        budget: Int,
        _ degraded: JSONValue,
        on roost: Roost
    ) async throws {
        let context = try #require(turn["context"].stringValue)
        let ids = turn["context_ids"].strings
        #expect(turn["turn_number"].integer == number)
        #expect(turn["degraded"] == degraded)
        #expect(Set(ids).count == ids.count)
        #expect(try #require(turn["token_count"].integer) <= budget)
        if !ids.isEmpty { #expect(turn["token_count"].integer == roost.tokens(context)) }
        #expect((0...3).contains(turn["suggestions"].elements.count))
        for suggestion in turn["suggestions"].strings { try await checkIsNew(suggestion, beyond: ids, roost) }
    }

    /// What was sent in full is over; what was sent briefly comes at most once more, in full.
    private func checkNothingIsSentTwice(in turns: [JSONValue]) {
        var forms: [String: [String]] = [:]
        for candidate in turns.flatMap({ $0["manifest"]["candidates"].elements }) where candidate["included"] == true {
            forms[candidate["id"].stringValue ?? "", default: []].append(candidate["form"].stringValue ?? "")
        }
        #expect(!forms.isEmpty)
        for (id, forms) in forms {
            #expect([["brief"], ["full"], ["brief", "full"]].contains(forms), "\(id) \(forms)")
        }
    }

    /// The suggestion finds a passage that this turn did not bring.
    private func checkIsNew(_ suggestion: String, beyond ids: [String], _ roost: Roost) async throws {
        let found = try await roost.post(
            "/v1/search",
            ["query": .string(suggestion), "exclude_ids": .array(ids.map(JSONValue.string))]
        ).json(status: 200)
        #expect(!found["results"].elements.isEmpty, "\(suggestion)")
    }

    private func checkEnd(of session: JSONValue, after turns: [JSONValue], on roost: Roost) async throws {
        let id = try #require(session.stringValue)
        let info = try await roost.get("/session/\(id)").json(status: 200)
        #expect(info["turn_count"].integer == 3)
        #expect(info["total_queries"].integer == 3)
        #expect(info["queries"].strings.count == 3)
        #expect(info["total_tokens_sent"].integer == turns.reduce(0) { $0 + ($1["token_count"].integer ?? 0) })
        #expect(info["total_context_items_sent"].integer == turns.reduce(0) { $0 + $1["context_ids"].elements.count })
        let cleared = try await roost.delete("/session/\(id)").json(status: 200)
        #expect(cleared == ["status": "cleared", "session_id": session])
        await roost.get("/session/\(id)").expectError(404, "not_found")
    }
}
