import ContextCore
import HTTP
import Testing

/// `/v1/collections` and what lies in them.
@Suite struct CollectionTests {
    @Test func `a collection is made, shown, listed and deleted`() async throws {
        try await withRoost { roost in
            let body: JSONValue = [
                "name": "notes", "kind": "text", "retention": ["type": "capacity", "passages": 5],
                "metadata": ["team": "sea"],
            ]
            let created = try await roost.post("/v1/collections", body).json(status: 201)
            #expect(created == body.with(["passages": 0]))
            #expect(try await roost.get("/v1/collections/notes").json(status: 200) == created)
            let listed = try await roost.get("/v1/collections").json(status: 200)
            #expect(listed["collections"].elements.contains(created))
            #expect(listed["collections"].elements.count == 6)
            let deleted = try await roost.delete("/v1/collections/notes").json(status: 200)
            #expect(deleted == ["status": "deleted", "name": "notes", "passages": 0])
            await roost.get("/v1/collections/notes").expectError(404, "not_found", says: "notes")
            await roost.delete("/v1/collections/notes").expectError(404, "not_found")
        }
    }

    @Test func `members of passages without a meaning are named`() async throws {
        try await withRoost { roost in
            let body: JSONValue = [
                "passages": [["text": "a", "meta": 1], ["text": "b", "meta": 2, "tags": []]], "x": 1,
            ]
            let answer = await roost.post("/v1/collections/best-practices/passages", body)
            #expect(answer.status == 201)
            #expect(answer.headers["X-Roost-Ignored"] == "x, passages[].meta, passages[].tags")
        }
    }

    @Test func `a text beside the same field is refused, because one of them would be lost`() async throws {
        try await withRoost { roost in
            _ = try await roost.post("/v1/collections", ["name": "notes", "kind": "text"]).json(status: 201)
            let both: JSONValue = ["passages": [["text": "a"], ["text": "b", "fields": ["text": "c"]]]]
            await roost.post("/v1/collections/notes/passages", both)
                .expectError(400, "invalid_request", param: "passages[1].text")
            let beside: JSONValue = ["passages": [["text": "b", "fields": ["title": "c"]]]]
            _ = try await roost.post("/v1/collections/notes/passages", beside).json(status: 201)
        }
    }

    @Test func `an id of 64 bits in the metadata comes back digit by digit and can be filtered by`() async throws {
        try await withRoost { roost in
            let passage: JSONValue = ["text": "A heron.", "metadata": ["tweet": 1_234_567_890_123_456_789]]
            _ = try await roost.post("/v1/collections/best-practices/passages", ["passages": [passage]])
                .json(status: 201)
            let search: JSONValue = ["query": "heron", "filter": ["tweet": 1_234_567_890_123_456_789]]
            let found = await roost.post("/v1/search", search)
            #expect(found.text.contains(#""tweet":1234567890123456789"#))
            let other: JSONValue = ["query": "heron", "filter": ["tweet": 1_234_567_890_123_456_788]]
            #expect(try await roost.post("/v1/search", other).json(status: 200)["results"] == [])
            await roost.send(
                .post,
                "/v1/collections/best-practices/passages",
                bytes: Array(#"{"passages":[{"text":"x","metadata":{"n":18446744073709551615}}]}"#.utf8)
            ).expectError(400, "invalid_request", param: "passages[0].metadata.n", says: "send it as a string")
        }
    }

    @Test func `a name that is taken is a conflict`() async throws {
        try await withRoost { roost in
            let body: JSONValue = ["name": "notes", "kind": "text"]
            _ = try await roost.post("/v1/collections", body).json(status: 201)
            await roost.post("/v1/collections", body).expectError(409, "conflict", param: "name", says: "notes")
            await roost.post("/v1/collections", ["name": "best-practices", "kind": "text"]).expectError(409, "conflict")
        }
    }

    @Test(arguments: [
        "", " ", "a b", "../etc", "a/b", ".hidden", "-x", "ü", "a\u{0}b", String(repeating: "n", count: 65),
    ])
    func `a name that is none is refused`(name: String) async throws {
        try await withRoost { roost in
            await roost.post("/v1/collections", ["name": .string(name), "kind": "text"])
                .expectError(400, "invalid_request", param: "name")
        }
    }

    @Test func `kinds and retentions are checked`() async throws {
        try await withRoost { roost in
            func refuse(_ members: JSONValue, _ param: String) async {
                let body = JSONValue.object(["name": "n", "kind": "text"]).with(members)
                await roost.post("/v1/collections", body).expectError(400, "invalid_request", param: param)
            }
            await refuse(["kind": "poem"], "kind")
            await refuse(["kind": .null], "kind")
            await refuse(["retention": ["type": "capacity", "passages": 0]], "retention")
            await refuse(["retention": ["type": "ttl", "seconds": -1]], "retention")
            await refuse(["retention": ["type": "connection"]], "retention")
            await refuse(["retention": ["type": "forever"]], "retention.type")
            await refuse(["retention": ["type": "capacity"]], "retention.passages")
            await refuse(["retention": ["type": "capacity", "passages": 1.5]], "retention.passages")
            await refuse(["retention": "permanent"], "retention")
            await refuse(["metadata": "none"], "metadata")
            await refuse(["metadata": ["x": .string(String(repeating: "x", count: 10_240))]], "metadata")
            await roost.post("/v1/collections", ["kind": "text"]).expectError(400, "invalid_request", param: "name")
            await roost.post("/v1/collections", ["name": "n"]).expectError(400, "invalid_request", param: "kind")
        }
    }

    @Test func `a full collection lets the oldest go, and says so`() async throws {
        try await withRoost { roost in
            _ = try await roost.post(
                "/v1/collections",
                ["name": "few", "kind": "text", "retention": ["type": "capacity", "passages": 2]]
            ).json(status: 201)
            for (index, text) in Texts.lighthouses.prefix(3).enumerated() {
                roost.clock.advance(seconds: 1)
                let receipt = try await roost.post(
                    "/v1/collections/few/passages",
                    ["passages": [["id": .string("\(index)"), "text": .string(text)]]]
                ).json(status: 201)
                #expect(receipt["evicted"].integer == (index < 2 ? 0 : 1))
            }
            let found = try await roost.post("/v1/search", ["query": "lighthouse", "collections": ["few"]]).json(
                status: 200
            )
            #expect(Set(found["results"].elements.compactMap { $0["id"].stringValue }) == ["1", "2"])
        }
    }
}

/// `/v1/collections/{name}/passages`.
@Suite struct PassageTests {
    private static let path = "/v1/collections/error-solutions/passages"

    @Test func `passages are created, updated or left alone, and the receipt counts them`() async throws {
        try await withRoost { roost in
            let one: JSONValue = ["id": "one", "fields": ["error": "E1", "solution": "Turn it off and on again."]]
            let two: JSONValue = ["fields": ["error": "E2", "solution": "Read the manual."], "metadata": ["a": 1]]
            let first = try await roost.post(Self.path, ["passages": [one, two]]).json(status: 201)
            #expect(first.names == ["created", "errors", "evicted", "ids", "unchanged", "updated"])
            #expect(first["created"] == 2 && first["updated"] == 0 && first["unchanged"] == 0 && first["errors"] == [])
            #expect(first["ids"][0] == "one" && first["ids"][1].isString)
            let changed = one.with(["fields": ["error": "E1", "solution": "Replace the fuse."]])
            let second = try await roost.post(Self.path, ["passages": [changed]]).json(status: 201)
            #expect(second["created"] == 0 && second["updated"] == 1)
            let third = try await roost.post(Self.path, ["passages": [changed]]).json(status: 201)
            #expect(third["unchanged"] == 1 && third["updated"] == 0 && third["ids"] == ["one"])
            #expect(try await roost.get("/v1/collections/error-solutions").json(status: 200)["passages"] == 2)
        }
    }

    @Test func `a passage is found by the very next request, and never after its deletion`() async throws {
        try await withRoost { roost in
            for round in 0..<20 {
                let word = "zebrafish\(round)"
                let passage: JSONValue = ["id": "z", "fields": ["error": .string(word), "solution": "Feed it."]]
                _ = try await roost.post(Self.path, ["passages": [passage]]).json(status: 201)
                let turn = try await roost.pull(["query": .string(word)])
                #expect(turn["context_ids"] == ["z"])
                let deleted = try await roost.delete(Self.path + "/z").json(status: 200)
                #expect(deleted == ["status": "deleted", "id": "z"])
                #expect(try await roost.pull(["query": .string(word)])["context_ids"] == [])
            }
            await roost.delete(Self.path + "/z").expectError(404, "not_found")
        }
    }

    @Test func `a bare text fills the kind's main field`() async throws {
        try await withRoost { roost in
            let cases = [
                ("error-solutions", "solution"), ("best-practices", "description"), ("codebase-context", "content"),
                ("interaction-history", "text"),
            ]
            for (collection, field) in cases {
                let passage: JSONValue = ["id": "bare", "text": "a nightingale sings"]
                let receipt = try await roost.post("/v1/collections/\(collection)/passages", ["passages": [passage]])
                    .json(status: 201)
                #expect(receipt["errors"] == [], "\(collection) lets \(field) stand alone")
                let found = try await roost.post(
                    "/v1/search",
                    ["query": "nightingale", "collections": [.string(collection)]]
                )
                .json(status: 200)
                #expect(found["results"][0]["id"] == "bare", "\(collection)")
            }
        }
    }

    @Test func `a bad passage is refused alone`() async throws {
        try await withRoost { roost in
            var deep = JSONValue.object([:])
            for _ in 0..<20 { deep = ["d": deep] }
            let good: JSONValue = ["id": "good", "text": "Good."]
            let bad: [(JSONValue, String)] = [
                (["id": "", "text": "x"], "id"),
                (["id": .string(String(repeating: "i", count: 257)), "text": "x"], "id"),
                (["id": "a\nb", "text": "x"], "id"),
                (["fields": [:]], "fields"),
                (["text": " \n"], "fields"),
                (["fields": ["poem": "x"]], "fields"),
                (["text": .string(String(repeating: "x", count: 262_145))], "fields"),
                (["text": "x", "metadata": [1]], "metadata"),
                (["text": "x", "metadata": deep], "metadata"),
                (["text": "x", "metadata": ["m": .string(String(repeating: "m", count: 10_240))]], "metadata"),
            ]
            let receipt = try await roost.post(Self.path, ["passages": .array([good] + bad.map(\.0))]).json(status: 201)
            #expect(receipt["ids"] == ["good"] && receipt["created"] == 1)
            let errors = receipt["errors"].elements
            #expect(errors.map(\.["index"].integer) == Array(1...bad.count))
            #expect(errors.map(\.["param"].stringValue) == bad.map(\.1))
            #expect(errors.allSatisfy { Answer.leaks(in: $0["message"].stringValue ?? "Swift") == [] })
        }
    }

    @Test func `metadata of exactly 10,240 bytes is kept`() async throws {
        try await withRoost { roost in
            let metadata: JSONValue = ["m": .string(String(repeating: "m", count: 10_240 - 8))]
            #expect(metadata.description.utf8.count == 10_240)
            let receipt = try await roost.post(Self.path, ["passages": [["text": "x", "metadata": metadata]]])
                .json(status: 201)
            #expect(receipt["created"] == 1)
        }
    }

    @Test func `a thousand passages fit into one call, one more is too much`() async throws {
        try await withRoost { roost in
            func passages(_ count: Int) -> JSONValue {
                ["passages": .array((0..<count).map { ["id": .string("\($0)"), "text": .string("number \($0)")] })]
            }
            await roost.post(Self.path, passages(1_001)).expectError(
                413,
                "payload_too_large",
                param: "passages",
                says: "1001",
                "1000"
            )
            let collection = try await roost.get("/v1/collections/error-solutions").json(status: 200)
            #expect(collection["passages"] == 0)
            #expect(try await roost.post(Self.path, passages(1_000)).json(status: 201)["created"] == 1_000)
            #expect(try await roost.post(Self.path, ["passages": []]).json(status: 201)["created"] == 0)
        }
    }

    @Test func `wrong shapes are refused with the member's path`() async throws {
        try await withRoost { roost in
            func refuse(_ body: JSONValue, _ param: String) async {
                await roost.post(Self.path, body).expectError(400, "invalid_request", param: param)
            }
            await refuse([:], "passages")
            await refuse(["passages": "x"], "passages")
            await refuse(["passages": ["x"]], "passages[0]")
            await refuse(["passages": [["text": "x"], ["text": 1]]], "passages[1].text")
            await refuse(["passages": [["fields": ["error": 1]]]], "passages[0].fields.error")
            await refuse(["passages": [["fields": []]]], "passages[0].fields")
            await refuse(["passages": [["id": 7, "text": "x"]]], "passages[0].id")
            await roost.post("/v1/collections/none/passages", ["passages": []]).expectError(404, "not_found")
        }
    }

    @Test func `deleting a collection of the contract empties it`() async throws {
        try await withRoost { roost in
            let interaction: JSONValue = [
                "query": "Why does the osprey dive?", "response": "For fish.", "outcome": "success",
            ]
            _ = try await roost.post("/interactions/record", interaction).json(status: 201)
            let emptied = try await roost.delete("/v1/collections/interaction-history").json(status: 200)
            #expect(emptied == ["status": "emptied", "name": "interaction-history", "passages": 1])
            #expect(try await roost.get("/v1/collections/interaction-history").json(status: 200)["passages"] == 0)
            _ = try await roost.post("/interactions/record", interaction).json(status: 201)
        }
    }

    @Test func `parameters of the query that have no meaning are named`() async throws {
        try await withRoost { roost in
            let answer = await roost.get("/v1/collections?limit=3&x%0d%0ay=1&limit=4&")
            #expect(answer.status == 200 && answer.headers["X-Roost-Ignored"] == "limit, x%0d%0ay")
            let search = await roost.post("/v1/search?explain=1", ["query": "a", "colour": "red"])
            #expect(search.headers["X-Roost-Ignored"] == "colour, explain")
            let export = await roost.get("/training_data/export?format=raw&sinze=2026-01-05")
            #expect(export.headers["X-Roost-Ignored"] == "sinze")
            #expect(await roost.get("/training_data/export?format=raw").headers["X-Roost-Ignored"] == nil)
        }
    }
}
