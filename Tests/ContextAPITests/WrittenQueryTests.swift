import ContextCore
import ContextEngine
import LanguageModels
import Testing

/// Suggestions and gap queries where a language model is configured.
@Suite struct WrittenQueryTests {
    private static let pull: JSONValue = [
        "session_id": "s", "query": "lighthouse keeper wick", "collections": ["sea"], "max_tokens": 40, "explain": true,
    ]

    /// With more that is relevant than it has room for.
    private static let wide = pull.with(["query": "lighthouse"])

    private static func report(_ gaps: JSONValue) -> JSONValue {
        ["session_id": "s", "response": "r", "confidence": 0.3, "gaps": gaps]
    }

    /// Impatient, so that a model that hangs does not hold up the tests.
    private static var quick: ContextConfiguration {
        var configuration = ContextConfiguration()
        configuration.writer.timeout = .milliseconds(100)
        return configuration
    }

    private func byRule() async throws -> JSONValue {
        let suggested = Box()
        try await withRoost { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            suggested.value = try await roost.pull(Self.wide)["suggestions"]
        }
        return suggested.value
    }

    /// Brings a value out of a closure that runs once.
    private final class Box {
        var value = JSONValue.null
    }

    @Test func `a model's queries are suggested when they find something unsent, and no others`() async throws {
        let model = ScriptedModel(
            .say([#"["zeppelin hydrogen valves", "horn driven by compressed air", "lens flame horizon"]"#])
        )
        try await withRoost(models: model.catalog) { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            let turn = try await roost.pull(Self.pull)
            let suggestions = turn["suggestions"].strings
            #expect(suggestions.prefix(2) == ["horn driven by compressed air", "lens flame horizon"])
            #expect(!suggestions.contains("zeppelin hydrogen valves"))
            #expect(turn["degraded"] == ["embeddings"])
            let authors = turn["manifest"]["suggestions"].elements.map { $0["author"].stringValue }
            #expect(
                authors.prefix(2) == ["scripted:parrot", "scripted:parrot"]
                    && authors.dropFirst(2).allSatisfy { $0 == "rule" }
            )
            let asked = try #require(model.requests.first)
            #expect(asked.messages.last?.text.contains("lighthouse keeper wick") == true)
            #expect(asked.messages.last?.text.contains("trims the wick") == true)
            let sent = Set(turn["context_ids"].strings)
            for query in suggestions {
                let found = try await roost.post("/v1/search", ["query": .string(query), "collections": ["sea"]]).json(
                    status: 200
                )
                #expect(found["results"].elements.contains { !sent.contains($0["id"].stringValue ?? "") })
            }
        }
    }

    @Test func `the model reads the beginning of the context, and the earlier queries`() async throws {
        let model = ScriptedModel(.say(["[]"]))
        var configuration = ContextConfiguration()
        configuration.writer.contextCharacters = 30
        try await withRoost(models: model.catalog, context: configuration) { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            let first = try await roost.pull(Self.pull)
            _ = try await roost.pull(Self.pull.with(["query": "fog horn"]))
            let context = try #require(first["context"].stringValue)
            #expect(model.requests[0].messages.last?.text.contains("\n\(context.prefix(30))\n") == true)
            #expect(model.requests[1].messages.last?.text.contains("- lighthouse keeper wick\n- fog horn") == true)
        }
    }

    @Test(arguments: [
        ScriptedModel.Answer.hang("["), .fail(.unreachable), .fail(.rateLimited), .say(["!"]), .breakOff("[\"fog"),
    ])
    func `a model that does not deliver is named, and the rule takes its place`(answer: ScriptedModel.Answer)
        async throws
    {
        let expected = try await byRule()
        try await withRoost(models: ScriptedModel(answer).catalog, context: Self.quick) { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            let turn = try await roost.pull(Self.wide)
            #expect(turn["suggestions"] == expected && expected.elements.count > 0)
            #expect(turn["degraded"] == ["embeddings", "model"])
            let evaluation = try await roost.post("/feedback/evaluate", Self.report(["Missing fog horn details"])).json(
                status: 200
            )
            #expect(evaluation["degraded"] == ["model", "embeddings"])
            #expect(evaluation["suggested_queries"].elements.count == 1)
        }
    }

    @Test func `without a model nothing is asked and nothing is degraded by it`() async throws {
        try await withRoost { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            #expect(try await roost.pull(Self.pull)["degraded"] == ["embeddings"])
        }
    }

    @Test func `a model that may take no time is not asked`() async throws {
        let model = ScriptedModel(.say(["[\"fog\"]"]))
        var configuration = ContextConfiguration()
        configuration.writer.timeout = .zero
        try await withRoost(models: model.catalog, context: configuration) { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            #expect(try await roost.pull(Self.pull)["degraded"] == ["embeddings"])
            #expect(model.requests.isEmpty)
        }
    }

    @Test func `each gap has the model's query, or the rule's where that finds nothing new`() async throws {
        let model = ScriptedModel(
            .say(["[]"]),
            .say([#"["lighthouse horn compressed air fog", "zeppelin hydrogen"]"#])
        )
        try await withRoost(models: model.catalog) { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            _ = try await roost.pull(Self.pull)
            let gaps: JSONValue = [
                "What sounds in bad weather is missing", "Missing rhythm flashes sailors", "Missing zeppelins",
            ]
            let evaluation = try await roost.post("/feedback/evaluate", Self.report(gaps)).json(status: 200)
            let queries = evaluation["suggested_queries"].strings
            #expect(queries.contains("lighthouse horn compressed air fog"))
            #expect(queries.contains { $0.contains("rhythm flashes sailors") })
            #expect(!queries.contains("zeppelin hydrogen"))
            #expect(evaluation["degraded"] == ["embeddings"])
            #expect(model.requests.last?.messages.last?.text.contains("- Missing rhythm flashes sailors") == true)
        }
    }

    @Test func `gap queries stay distinct, unasked and five`() async throws {
        let same = (0..<9).map { _ in #""lighthouse keeper wick""# }.joined(separator: ",")
        try await withRoost(models: ScriptedModel(.say(["[\(same)]"])).catalog) { roost in
            try await StarterKnowledge.load(into: roost)
            _ = try await roost.pull(["session_id": "s", "query": "lighthouse keeper wick", "max_tokens": 100])
            let words = ["timeouts", "buffering", "upstream", "TLS", "gzip", "logs", "workers", "caching", "headers"]
            let gaps = JSONValue.array(words.map { .string("Missing nginx \($0)") })
            let evaluation = try await roost.post("/feedback/evaluate", Self.report(gaps)).json(status: 200)
            let queries = evaluation["suggested_queries"].strings
            #expect(queries.count <= 5 && !queries.isEmpty && Set(queries).count == queries.count)
            #expect(!queries.contains("lighthouse keeper wick"))
        }
    }
}
