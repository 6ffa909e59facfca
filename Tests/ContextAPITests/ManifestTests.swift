import ContextCore
import Runtime
import TestSupport
import Testing

/// `GET /v1/manifests/{id}`, and that nothing is left out silently.
@Suite struct ManifestTests {
    private static let query: JSONValue = ["query": "PostgreSQL connection pool timeouts", "max_tokens": 400]

    @Test func `the account adds up with what the answer says was omitted`() async throws {
        try await withRoost { roost in
            try await StarterKnowledge.load(into: roost)
            var sent: Set<String> = []
            for level in ["standard", "standard", "detailed", "comprehensive", "comprehensive"] {
                let turn = try await roost.pull(
                    Self.query.with(["session_id": "s", "context_level": .string(level), "explain": true])
                )
                let candidates = turn["manifest"]["candidates"].elements
                let included = candidates.filter { $0["included"] == true }
                #expect(included.compactMap(\.["id"].stringValue) == turn["context_ids"].strings)
                #expect(candidates.allSatisfy { ($0["included"] == true) == ($0["reason"] == .null) })
                let omitted = turn["omitted"]
                for reason in omitted.names {
                    #expect(
                        candidates.count { $0["reason"].stringValue == reason } == omitted[reason].integer,
                        "\(reason)"
                    )
                }
                let total = omitted.names.reduce(0) { $0 + (omitted[$1].integer ?? 0) }
                #expect(candidates.count == included.count + total)
                for candidate in included {
                    let delivery = "\(candidate["id"]) \(candidate["form"])"
                    #expect(sent.insert(delivery).inserted, "\(delivery) was sent twice")
                }
            }
        }
    }

    @Test func `the same text under another id is left out, and the account says of what it is the twin`() async throws
    {
        try await withRoost { roost in
            try await roost.fill("sea", with: [Texts.lighthouses[0], Texts.lighthouses[0], Texts.lighthouses[1]])
            let turn = try await roost.pull(["query": "lighthouse", "collections": ["sea"], "explain": true])
            #expect(turn["omitted"]["near_duplicate"] == 1)
            let ids = Set(turn["context_ids"].strings)
            #expect(ids.count == 2 && ids.contains("t2"))
            let twin = try #require(turn["manifest"]["candidates"].elements.first { $0["reason"] == "near_duplicate" })
            #expect(Set([twin["id"], twin["duplicate_of"]]) == ["t0", "t1"])
        }
    }

    @Test func `a manifest names everything that replaying needs`() async throws {
        try await withRoost { roost in
            try await StarterKnowledge.load(into: roost)
            let turn = try await roost.pull(Self.query.with(["explain": true, "filter": ["topic": "postgresql"]]))
            let id = try #require(turn["manifest_id"].stringValue)
            let manifest = try await roost.get("/v1/manifests/\(id)").json(status: 200)
            #expect(manifest == turn["manifest"])
            #expect(manifest["manifest_id"] == .string(id))
            #expect(manifest["session_id"] == turn["session_id"] && manifest["turn"] == 1)
            #expect(manifest["query"] == Self.query["query"] && manifest["budget"] == 400)
            #expect(manifest["tokens"] == turn["token_count"])
            #expect(manifest["filter"] == ["topic": "postgresql"])
            let context = try #require(turn["context"].stringValue)
            #expect(manifest["context_hash"] == .string(SHA256.hexadecimal(of: context)))
            let replayed = try await roost.get("/v1/manifests/\(id)?replay=true").json(status: 200)
            #expect(replayed["replay"] == ["exact": true, "context": turn["context"]])
        }
    }

    @Test func `a context whose passages changed is not replayed as if they had not`() async throws {
        try await withRoost { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            let turn = try await roost.pull(["query": "lighthouse", "collections": ["sea"]])
            let id = try #require(turn["manifest_id"].stringValue)
            let passages = "/v1/collections/sea/passages"
            _ = try await roost.delete("\(passages)/t0").json(status: 200)
            _ = try await roost.post(passages, ["passages": [["id": "t1", "text": "Another text."]]]).json(status: 201)
            let replay = try await roost.get("/v1/manifests/\(id)?replay=1").json(status: 200)["replay"]
            #expect(replay["exact"] == false && replay["context"] == .null)
            let reasons = Dictionary(uniqueKeysWithValues: replay["missing"].elements.map { ($0["id"], $0["reason"]) })
            #expect(reasons == ["t0": "deleted", "t1": "changed"])
        }
    }

    @Test func `an unknown manifest and an unknown flag are refused`() async throws {
        try await withRoost { roost in
            await roost.get("/v1/manifests/mf_none").expectError(404, "not_found", says: "mf_none")
            let id = try #require(try await roost.pull(["query": "x"])["manifest_id"].stringValue)
            await roost.get("/v1/manifests/\(id)?replay=maybe").expectError(400, "invalid_request", param: "replay")
        }
    }

    @Test(InstalledModel.isThere) func `degraded is there exactly when the model is missing`() async throws {
        for embedder in [nil, try InstalledModel.embedder()] {
            try await withRoost(embedder: embedder) { roost in
                let degraded: JSONValue = embedder == nil ? ["embeddings"] : .null
                try await roost.fill("sea", with: Texts.lighthouses)
                let turn = try await roost.pull(["session_id": "s", "query": "lighthouse", "collections": ["sea"]])
                #expect(turn["degraded"] == degraded)
                let feedback = try await roost.post(
                    "/feedback/evaluate",
                    ["session_id": "s", "response": "r", "confidence": 0.5, "gaps": ["Missing fog horns"]]
                ).json(status: 200)
                #expect(feedback["degraded"] == degraded)
                #expect(try await roost.post("/v1/search", ["query": "fog"]).json(status: 200)["degraded"] == degraded)
                let ready = try await roost.get("/ready").json(status: 200)
                #expect(ready["degraded"] == (embedder == nil ? ["embeddings"] : []))
            }
        }
    }
}
