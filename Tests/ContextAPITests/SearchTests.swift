import ContextAPI
import ContextCore
import Embeddings
import HTTP
import TestSupport
import Testing

/// `POST /v1/search`.
@Suite struct SearchTests {
    private static func body(_ members: JSONValue) -> JSONValue {
        JSONValue.object(["query": "lighthouse", "collections": ["sea"]]).with(members)
    }

    private func withSea(_ body: (Roost) async throws -> Void) async throws {
        try await withRoost { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            try await body(roost)
        }
    }

    @Test func `results have the contract's members, best first`() async throws {
        try await withSea { roost in
            let found = try await roost.post("/v1/search", Self.body([:])).json(status: 200)
            #expect(found.names == ["below_threshold", "degraded", "results", "took_ms"])
            #expect(try #require(found["took_ms"].number) >= 0)
            let results = found["results"].elements
            #expect(results.count == Texts.lighthouses.count)
            for result in results {
                #expect(result.names == ["collection", "id", "metadata", "score", "source", "text"])
            }
            let scores = results.compactMap(\.["score"].number)
            #expect(scores == scores.sorted(by: >))
            #expect(results[0]["collection"] == "sea")
        }
    }

    @Test func `explain tells what each half found`() async throws {
        try await withSea { roost in
            let found = try await roost.post("/v1/search", Self.body(["explain": true])).json(status: 200)
            let explanation = found["results"][0]["explain"]
            #expect(explanation.names == ["coverage", "keyword_rank", "keyword_score", "vector_rank", "vector_score"])
            #expect(explanation["keyword_rank"] == 1 && explanation["vector_rank"] == .null)
        }
    }

    @Test func `the limit is between 1 and 100`() async throws {
        try await withSea { roost in
            let passages = (0..<120).map {
                JSONValue.object(["id": .string("n\($0)"), "text": .string("buoy number \($0)")])
            }
            _ = try await roost.post("/v1/collections/sea/passages", ["passages": .array(passages)]).json(status: 201)
            func count(_ limit: JSONValue) async throws -> Int {
                try await roost.post("/v1/search", Self.body(["query": "buoy", "limit": limit])).json(status: 200)[
                    "results"
                ].elements.count
            }
            #expect(try await count(1) == 1)
            #expect(try await count(100) == 100)
            #expect(try await count(.null) == 10)
            for limit: JSONValue in [0, 101, -1, 1.5, "ten", 1e19] {
                await roost.post("/v1/search", Self.body(["limit": limit])).expectError(
                    400,
                    "invalid_request",
                    param: "limit"
                )
            }
        }
    }

    @Test func `filter, exclusion and threshold hold together`() async throws {
        try await withSea { roost in
            let filtered = try await roost.post(
                "/v1/search",
                Self.body(["filter": ["number": ["$in": [1, 2, 3]]], "exclude_ids": ["t2", "nobody"]])
            ).json(status: 200)
            #expect(Set(filtered["results"].elements.compactMap(\.["id"].stringValue)) == ["t1", "t3"])
            let all = try await roost.post("/v1/search", Self.body(["mode": "keyword"])).json(status: 200)
            let bound = try #require(all["results"][2]["score"].number)
            let strict = try await roost.post(
                "/v1/search",
                Self.body(["mode": "keyword", "threshold": .number(bound)])
            ).json(status: 200)
            #expect(strict["results"].elements.allSatisfy { ($0["score"].number ?? 0) >= bound })
            #expect(
                strict["results"].elements.count + (strict["below_threshold"].integer ?? 0)
                    == all["results"].elements.count
            )
        }
    }

    @Test func `collections that are named are one at least, and 64 at most`() async throws {
        try await withSea { roost in
            for names in [[], (0..<65).map { "c\($0)" }] {
                let names = JSONValue.array(names.map { .string($0) })
                await roost.post("/v1/search", Self.body(["collections": names]))
                    .expectError(400, "invalid_request", param: "collections", says: "1 to 64")
            }
            #expect(await roost.post("/v1/search", Self.body(["collections": .null])).status == 200)
        }
    }

    @Test(
        arguments: [
            ("hybrid", -0.01, 400), ("hybrid", 0, 200), ("hybrid", 1, 200), ("hybrid", 1.01, 400), ("keyword", -1, 400),
            ("keyword", 7, 200), ("vector", -1.01, 400), ("vector", 1.01, 400),
        ] as [(String, Double, Int)]
    )
    func `a threshold that no score of its mode can have is refused`(mode: String, threshold: Double, status: Int)
        async throws
    {
        try await withSea { roost in
            let body = Self.body(["mode": .string(mode), "threshold": .number(threshold)])
            let answer = await roost.post("/v1/search", body)
            #expect(answer.status == status)
            if status == 400 {
                answer.expectError(400, "invalid_request", param: "threshold", says: "\(threshold)", mode)
            }
        }
    }

    @Test func `limits are those of the configuration`() async throws {
        var limits = APILimits()
        limits.defaultResults = 2
        limits.maximumResults = 3
        limits.excludedIDs = 1
        try await withRoost(limits: limits) { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            let found = try await roost.post("/v1/search", Self.body([:])).json(status: 200)
            #expect(found["results"].elements.count == 2)
            await roost.post("/v1/search", Self.body(["limit": 4]))
                .expectError(400, "invalid_request", param: "limit", says: "1 to 3")
            await roost.post("/v1/search", Self.body(["exclude_ids": ["a", "b"]]))
                .expectError(400, "invalid_request", param: "exclude_ids", says: "max: 1")
        }
    }

    @Test(
        arguments: [
            ["a": ["$near": 1]], ["$nor": []], ["$and": 1], ["a": ["$in": 1]], ["a": ["$gt": [:]]],
            ["a": ["$exists": 1]],
            "text", [1], 5, true, ["$not": 3],
        ] as [JSONValue]
    )
    func `a filter that makes no sense is refused`(filter: JSONValue) async throws {
        try await withSea { roost in
            await roost.post("/v1/search", Self.body(["filter": filter])).expectError(
                400,
                "invalid_request",
                param: "filter"
            )
        }
    }

    @Test func `a filter nested a hundred deep is refused`() async throws {
        try await withSea { roost in
            var filter: JSONValue = ["number": 1]
            for _ in 0..<100 { filter = ["$not": filter] }
            await roost.post("/v1/search", Self.body(["filter": filter])).expectError(
                400,
                "invalid_request",
                param: "filter"
            )
        }
    }

    @Test func `without a model hybrid is degraded, keyword is not, vector is not configured`() async throws {
        try await withSea { roost in
            #expect(
                try await roost.post("/v1/search", Self.body(["mode": "hybrid"])).json(status: 200)["degraded"] == [
                    "embeddings"
                ]
            )
            #expect(
                try await roost.post("/v1/search", Self.body(["mode": "keyword"])).json(status: 200)["degraded"]
                    == .null
            )
            await roost.post("/v1/search", Self.body(["mode": "vector"])).expectError(
                501,
                "not_configured",
                param: "mode"
            )
            let vector = JSONValue.array(Array(repeating: 0.05, count: 384))
            await roost.post("/v1/search", ["vector": vector]).expectError(501, "not_configured", param: "mode")
            let both = try await roost.post("/v1/search", Self.body(["vector": vector])).json(status: 200)
            #expect(both["degraded"] == ["embeddings"] && both["results"].elements.count == Texts.lighthouses.count)
        }
    }

    @Test func `what is needed and what is known is said`() async throws {
        try await withSea { roost in
            await roost.post("/v1/search", [:]).expectError(400, "invalid_request", param: "query")
            await roost.post("/v1/search", Self.body(["query": " "])).expectError(
                400,
                "invalid_request",
                param: "query"
            )
            await roost.post("/v1/search", Self.body(["mode": "fuzzy"])).expectError(
                400,
                "invalid_request",
                param: "mode",
                says: "hybrid"
            )
            await roost.post("/v1/search", ["vector": [1], "mode": "keyword"]).expectError(
                400,
                "invalid_request",
                param: "mode"
            )
            await roost.post("/v1/search", Self.body(["collections": ["void"]])).expectError(
                404,
                "not_found",
                param: "collections"
            )
            await roost.post("/v1/search", Self.body(["threshold": "high"])).expectError(
                400,
                "invalid_request",
                param: "threshold"
            )
        }
    }

    @Test(InstalledModel.isThere) func `a vector of another dimension is refused with both numbers`() async throws {
        try await withRoost(embedder: try InstalledModel.embedder()) { roost in
            for count in [0, 1, 383, 385] {
                let vector = JSONValue.array(Array(repeating: 0.1, count: count))
                await roost.post("/v1/search", ["vector": vector])
                    .expectError(400, "invalid_request", param: "vector", says: "384", "\(count)")
            }
            let zero = JSONValue.array(Array(repeating: 0, count: 384))
            await roost.post("/v1/search", ["vector": zero]).expectError(400, "invalid_request", param: "vector")
        }
    }

    @Test(arguments: ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1e39"])
    func `a vector with a value that is no number is refused`(value: String) async throws {
        try await withSea { roost in
            let numbers = ([value] + Array(repeating: "0.1", count: 383)).joined(separator: ",")
            await roost.send(.post, "/v1/search", bytes: Array(#"{"vector":[\#(numbers)]}"#.utf8)).expectError(400)
        }
    }

    @Test(InstalledModel.isThere) func `with the model all modes find the passage, and a given vector finds its text`()
        async throws
    {
        try await withRoost(embedder: try InstalledModel.embedder()) { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            for mode in ["hybrid", "vector", "keyword"] {
                let found = try await roost.post(
                    "/v1/search",
                    Self.body(["query": "the horn speaks in fog", "mode": .string(mode), "explain": true])
                ).json(status: 200)
                #expect(found["results"][0]["id"] == "t5", "\(mode)")
                #expect(found["degraded"] == .null)
                let rank: JSONValue = mode == "keyword" ? .null : 1
                #expect(found["results"][0]["explain"]["vector_rank"] == rank)
            }
            let vector = try #require(try await InstalledModel.embedder().embed([Texts.lighthouses[2]]).first?.vector)
            let given = try await roost.post("/v1/search", ["vector": .array(vector.map { .number(Double($0)) })])
                .json(status: 200)
            #expect(given["results"][0]["id"] == "t2")
            #expect(try #require(given["results"][0]["score"].number) > 0.99)
        }
    }
}
