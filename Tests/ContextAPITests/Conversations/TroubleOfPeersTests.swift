import ContextCore
import ContextEngine
import LanguageModels
import Runtime
import Testing

/// What other servers of this kind are known to get wrong, and how many tokens a prompt really has.
@Suite struct TroubleOfPeersTests {
    private static func words(_ count: Int) -> JSONValue { .string(String(repeating: "word ", count: count)) }

    // MARK: The silent cut of a long prompt

    @Test func `a prompt over the model's window is never cut silently: what has no room is accounted for`()
        async throws
    {
        let model = ScriptedModel(.say([String(repeating: "word ", count: 60)]), window: 600)
        try await withRoost(models: model.catalog) { roost in
            let id = try #require(try await roost.post("/v1/conversations", [:]).json(status: 201)["id"].stringValue)
            let path = "/v1/conversations/\(id)/messages"
            var dropped = 0
            for _ in 0..<8 {
                let turn = try await roost.post(path, ["content": Self.words(40), "explain": true]).json(status: 201)
                #expect(turn["context"]["tokens"]["total"].integer ?? .max <= 600)
                #expect(turn["manifest"]["budget"] == 600 || turn["manifest"] == .null)
                dropped += turn["context"]["messages_dropped"].integer ?? 0
            }
            #expect(dropped > 0)
            await roost.post(path, ["content": Self.words(700)]).expectError(
                422,
                "context_length_exceeded",
                says: "max: 600"
            )
            let job: JSONValue = ["prompt": Self.words(700)]
            await roost.post("/v1/jobs", job).expectError(422, "context_length_exceeded", says: "600")
        }
    }

    @Test func `tools are tokens of the prompt, too`() async throws {
        try await withRoost(models: ScriptedModel(.say(["x"])).catalog) { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            let tool: JSONValue = [
                "type": "function",
                "function": ["name": "look", "description": Self.words(300), "parameters": ["type": "object"]],
            ]
            let body: JSONValue = [
                "messages": [["role": "user", "content": "lighthouse?"]], "tools": [tool],
                "roost": ["collections": ["sea"], "max_context_tokens": 300],
            ]
            await roost.post("/v1/chat/completions", body).expectError(422, "context_length_exceeded", says: "max: 300")
        }
    }

    // MARK: Counts that differ from the provider's

    @Test func `a provider that counts more than was planned gets a shorter prompt`() async throws {
        let meter = TokenMeter(TokenEstimator(), factor: 1)
        let counts: @Sendable (ModelRequest) -> Int = { $0.messages.reduce(0) { $0 + meter.count($1) } * 3 / 2 }
        let model = ScriptedModel(.say([String(repeating: "word ", count: 60)]), counts: counts)
        try await withRoost(models: model.catalog) { roost in
            let id = try #require(try await roost.post("/v1/conversations", [:]).json(status: 201)["id"].stringValue)
            for number in 0..<12 {
                let body: JSONValue = [
                    "content": .string("question \(number) about things"), "max_context_tokens": 900,
                ]
                let turn = try await roost.post("/v1/conversations/\(id)/messages", body).json(status: 201)
                let request = try #require(model.requests.last)
                #expect(counts(request) <= 900, "turn \(number)")
                let manifestID = try #require(turn["message"]["manifest_id"].stringValue)
                let prompt = try await roost.get("/v1/manifests/\(manifestID)").json(status: 200)["prompt"]
                #expect(prompt["reported"]["input"].integer == counts(request))
                #expect(prompt["difference"].integer == (prompt["tokens"]["total"].integer ?? 0) - counts(request))
                if number > 2 { #expect(prompt["measure"]["factor"].number ?? 0 > 1.4) }
            }
            let metrics = await roost.get("/metrics").text
            #expect(metrics.contains(#"roost_model_token_error_count{model="scripted:parrot"} 12"#))
        }
    }

    @Test func `a first prompt that the provider counts over its limit is planned again before it is sent`()
        async throws
    {
        let meter = TokenMeter(TokenEstimator(), factor: 1)
        let counts: @Sendable (ModelRequest) -> Int = { $0.messages.reduce(0) { $0 + meter.count($1) } * 3 / 2 }
        let history = JSONValue.array(
            (0..<10).map { number in
                ["role": number.isMultiple(of: 2) ? "user" : "assistant", "content": Self.words(90)]
            }
        )
        let job: JSONValue = [
            "prompt": "Now?", "conversation_context": history, "session_config": ["max_context_tokens": 1_000],
        ]
        let chat: JSONValue = [
            "messages": .array(history.elements + [["role": "user", "content": "Now?"]]),
            "roost": ["collections": [], "max_context_tokens": 1_000],
        ]
        for (path, body) in [("/v1/jobs", job), ("/v1/chat/completions", chat)] {
            let model = ScriptedModel(.say(["Yes."]), counts: counts)
            try await withRoost(models: model.catalog) { roost in
                _ = try await roost.post(path, body).json(status: 200)
                let sent = try #require(model.requests.first)
                #expect(model.requests.count == 1 && sent.messages.count > 3)
                #expect(counts(sent) <= 1_000)
            }
        }
    }

    // MARK: Memory that grows with requests

    /// A provider that answers under any name.
    private struct AnyName: LanguageModel {
        let name: ModelName

        func respond(to request: ModelRequest, _ receive: (ModelEvent) async throws -> Void) async throws {
            try await receive(.text("x"))
            try await receive(.finished(.stop, TokenUsage(input: 100, output: 1)))
        }
    }

    @Test func `names of models that callers make up do not grow the metrics for ever`() async throws {
        let metrics = Metrics()
        let make: @Sendable (String) -> AnyName = { AnyName(name: ModelName(provider: "any", model: $0)) }
        let catalog = ModelCatalog(
            ModelRouter(ModelLane(make("standard"), metrics: metrics)),
            lane: { ModelLane($0, label: $1, metrics: metrics) },
            make: make
        )
        try await withRoost(models: catalog) { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            func ask(_ names: Range<Int>) async throws -> Int {
                for number in names {
                    let body: JSONValue = [
                        "model": .string("made-up-\(number)"), "messages": [["role": "user", "content": "lighthouse"]],
                        "roost": number.isMultiple(of: 10) ? ["collections": ["sea"]] : .null,
                    ]
                    let answer = try await roost.post("/v1/chat/completions", body).json(status: 200)
                    #expect(answer["model"] == .string("any:made-up-\(number)"))
                }
                let lines = metrics.exposition() + (await roost.get("/metrics").text)
                return lines.split(separator: "\n").count
            }
            let after = try await ask(0..<100)
            #expect(try await ask(100..<250) == after)
            #expect(metrics.exposition().contains(#"roost_model_answers_total{model="any:other"}"#))
            _ = try await ask(250..<251)
            let standard = await roost.post("/v1/chat/completions", ["messages": [["role": "user", "content": "x"]]])
            #expect(try standard.json(status: 200)["model"] == "any:standard")
            #expect(metrics.exposition().contains(#"roost_model_answers_total{model="any:standard"} 1"#))
        }
    }
}
