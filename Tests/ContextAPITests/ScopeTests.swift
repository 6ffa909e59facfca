import ContextCore
import HTTP
import Testing

/// Two people on one server: no endpoint shows or changes anything of the other.
@Suite struct ScopeTests {
    @Test func `what one wrote the other can neither find nor see`() async throws {
        try await withRoost { roost in
            let anna = try await Estate(of: "anna", on: roost)
            for (method, target, body) in anna.doors {
                await roost.send(method, target, body, as: "ben").expectError(404, "not_found")
            }
            let search = try await roost.post("/v1/search", ["query": "lighthouse osprey lantern"], as: "ben").json(
                status: 200
            )
            #expect(search["results"] == [])
            let turn = try await roost.pull(
                ["query": "lighthouse osprey lantern", "context_level": "comprehensive", "explain": true],
                as: "ben"
            )
            #expect(turn["context_ids"] == [] && turn["suggestions"] == [] && turn["manifest"]["candidates"] == [])
            let names = try await roost.get("/v1/collections", as: "ben").json(status: 200)["collections"].elements
            #expect(names.count == 5 && names.allSatisfy { $0["passages"] == 0 })
            let overview = await roost.get("/discovery", as: "ben")
            #expect(!overview.text.contains("sea"))
            #expect(overview.body["collections"].elements.allSatisfy { $0["count"] == 0 })
            let detail = try await roost.get("/discovery/interaction-history", as: "ben").json(status: 200)
            #expect(detail["count"] == 0 && detail["samples"] == [])
            try await withLiveServer(roost) { live in
                let his = try await live.export("format=raw", as: "ben")
                let hers = try await live.export("format=raw", as: "anna")
                #expect(his.isEmpty && hers.count == 1)
            }
            try await anna.expectUnchanged(on: roost)
        }
    }

    @Test func `the same names are two things for two people`() async throws {
        try await withRoost { roost in
            let anna = try await Estate(of: "anna", on: roost)
            _ = try await roost.post("/v1/collections", ["name": "sea", "kind": "text"], as: "ben").json(status: 201)
            let passage: JSONValue = ["id": "t0", "text": "Ben's own lighthouse is made of cardboard."]
            _ = try await roost.post("/v1/collections/sea/passages", ["passages": [passage]], as: "ben").json(
                status: 201
            )
            let found = try await roost.post("/v1/search", ["query": "lighthouse", "collections": ["sea"]], as: "ben")
                .json(status: 200)
            #expect(found["results"].elements.count == 1)
            let turn = try await roost.pull(
                ["query": "lighthouse", "previous_context_ids": ["t1"], "collections": ["sea"]],
                as: "ben"
            )
            #expect(turn["context_ids"] == ["t0"] && turn["omitted"]["already_sent"] == 0)
            let excluded = try await roost.post(
                "/v1/search",
                ["query": "lighthouse", "exclude_ids": ["t0"]],
                as: "anna"
            )
            .json(status: 200)
            #expect(excluded["results"].elements.count == Texts.lighthouses.count - 1)
            _ = try await roost.delete("/v1/collections/sea", as: "ben").json(status: 200)
            try await anna.expectUnchanged(on: roost)
        }
    }

    @Test func `who may read two collections of one name searches both`() async throws {
        try await withRoost { roost in
            for user in ["anna", "ben"] {
                _ = try await roost.post("/v1/collections", ["name": "sea", "kind": "text"], as: user).json(status: 201)
                let passage: JSONValue = ["id": .string(user), "text": .string("The lighthouse of \(user).")]
                _ = try await roost.post("/v1/collections/sea/passages", ["passages": [passage]], as: user)
                    .json(status: 201)
            }
            let search: JSONValue = ["query": "lighthouse", "collections": ["sea"]]
            let found = try await roost.post("/v1/search", search, as: "lead").json(status: 200)
            #expect(Set(found["results"].elements.compactMap { $0["id"].stringValue }) == ["anna", "ben"])
            let turn = try await roost.pull(["query": "lighthouse", "collections": ["sea"]], as: "lead")
            #expect(turn["context_ids"].elements.count == 2)
            #expect(turn["collections_searched"] == ["sea"])
        }
    }

    @Test func `the same file of two people is two documents`() async throws {
        try await withRoost { roost in
            let body: JSONValue = ["text": "A shared leaflet about lanterns.", "source": "leaflet.md"]
            let hers = try await roost.post("/v1/documents", body, as: "anna").json(status: 202)
            let his = try await roost.post("/v1/documents", body, as: "ben").json(status: 202)
            #expect(hers["document_id"] != his["document_id"])
            try await roost.readUploads()
            let id = try #require(his["document_id"].stringValue)
            _ = try await roost.delete("/v1/documents/\(id)", as: "ben").json(status: 200)
            let found = try await roost.post("/v1/search", ["query": "leaflet lanterns"], as: "anna").json(status: 200)
            #expect(found["results"].elements.count == 1)
        }
    }
}

/// Something of everything that one person can have on a server.
private struct Estate {
    let user: String
    let session: String
    let manifest: String
    let document: String
    let interaction: String

    init(of user: String, on roost: Roost) async throws {
        self.user = user
        try await roost.fill("sea", with: Texts.lighthouses, as: user)
        let turn = try await roost.pull(
            ["session_id": "hers", "query": "lighthouse", "collections": ["sea"]],
            as: user
        )
        _ = try await roost.post(
            "/feedback/evaluate",
            ["session_id": "hers", "response": "An answer about a lighthouse.", "confidence": 0.7],
            as: user
        ).json(status: 200)
        let interaction = try await roost.post(
            "/interactions/record",
            ["query": "Why does the osprey dive?", "response": "For fish.", "outcome": "success"],
            as: user
        ).json(status: 201)
        let document = try await roost.post("/v1/documents", ["text": "A lantern in the wind."], as: user).json(
            status: 202
        )
        try await roost.readUploads()
        session = "hers"
        manifest = try #require(turn["manifest_id"].stringValue)
        self.document = try #require(document["document_id"].stringValue)
        self.interaction = try #require(interaction["interaction_id"].stringValue)
    }

    /// Every request that would reach something of this person's by its name.
    var doors: [(HTTPMethod, String, JSONValue?)] {
        [
            (.post, "/context/multi_turn", ["session_id": .string(session), "query": "x"]),
            (.post, "/context/multi_turn", ["query": "x", "collections": ["sea"]]),
            (.post, "/feedback/evaluate", ["session_id": .string(session), "response": "r", "confidence": 0.5]),
            (.get, "/session/\(session)", nil), (.delete, "/session/\(session)", nil),
            (.get, "/discovery/sea", nil), (.get, "/training_data/export?collection=sea", nil),
            (.get, "/v1/manifests/\(manifest)", nil), (.get, "/v1/manifests/\(manifest)?replay=true", nil),
            (.get, "/v1/collections/sea", nil), (.delete, "/v1/collections/sea", nil),
            (.post, "/v1/collections/sea/passages", ["passages": []]),
            (.delete, "/v1/collections/sea/passages/t0", nil),
            (.delete, "/v1/collections/interaction-history/passages/\(interaction)", nil),
            (.post, "/v1/documents", ["text": "x", "collection": "sea"]),
            (.get, "/v1/documents/\(document)", nil), (.delete, "/v1/documents/\(document)", nil),
            (.post, "/v1/search", ["query": "x", "collections": ["sea"]]),
        ]
    }

    func expectUnchanged(on roost: Roost) async throws {
        #expect(try await roost.get("/session/\(session)", as: user).json(status: 200)["turn_count"] == 1)
        #expect(
            try await roost.get("/v1/collections/sea", as: user).json(status: 200)["passages"].integer
                == Texts.lighthouses.count
        )
        #expect(try await roost.get("/v1/documents/\(document)", as: user).json(status: 200)["status"] == "ready")
        let found = try await roost.post("/v1/search", ["query": "osprey"], as: user).json(status: 200)
        #expect(found["results"][0]["id"] == .string(interaction))
        #expect(
            try await roost.get("/v1/manifests/\(manifest)?replay=true", as: user).json(status: 200)["replay"]["exact"]
                == true
        )
    }
}
