import ContextCore
import ContextEngine
import Embeddings
import HTTP
import LanguageModels
import TestSupport
import Testing

/// `POST /api/compact/embeddings` and `POST /api/compact/summarize`.
@Suite struct CompactionTests {
    static func messages(_ texts: String...) -> JSONValue {
        .array(
            texts.enumerated().map { place, text in
                ["role": .string(place.isMultiple(of: 2) ? "user" : "assistant"), "content": .string(text)]
            }
        )
    }

    private static let talk = messages(
        "We decided on Tuesday that Anna moves the lamp to the north tower before 2027.",
        "Good. The tower needs 40 litres of oil for that.",
        "Hm.",
        "Who orders the oil, and from whom?"
    )

    @Test(InstalledModel.isThere) func `embeddings are those of the model, in order, and remembered for an hour`()
        async throws
    {
        let texts = ["The lamp is lit at dusk.", "Gulls nest here.", "The lamp is lit at dusk."]
        let reference = try await InstalledModel.embedder().embed(texts).map(\.vector)
        try await withRoost(embedder: try InstalledModel.embedder()) { roost in
            let body: JSONValue = ["messages": Self.messages(texts[0], texts[1], texts[2]), "extra": 1]
            let first = await roost.post("/api/compact/embeddings", body)
            #expect(first.headers["X-Roost-Ignored"] == "extra")
            let answer = try first.json(status: 200)
            #expect(answer.names == ["cached", "dimensions", "embeddings", "model"])
            #expect(answer["embeddings"].elements.map(\.floats) == reference)
            #expect(answer["model"] == "sentence-transformers/all-MiniLM-L6-v2" && answer["dimensions"] == 384)
            #expect(answer["cached"] == 0)

            let more: JSONValue = ["messages": Self.messages("Something new.", texts[1])]
            let second = try await roost.post("/api/compact/embeddings", more).json(status: 200)
            #expect(second["cached"] == 1 && second["embeddings"][1].floats == reference[1])
            roost.clock.advance(seconds: 3_600)
            let later = try await roost.post("/api/compact/embeddings", body).json(status: 200)
            #expect(later["cached"] == 0 && later["embeddings"] == answer["embeddings"])
        }
    }

    @Test func `a model summarises, with the account of what its summary stands for`() async throws {
        let model = ScriptedModel(.say(["Anna moves the lamp; ", "oil is open."]))
        try await withRoost(models: model.catalog) { roost in
            let body: JSONValue = ["messages": Self.talk, "max_tokens": 60]
            let answer = try await roost.post("/api/compact/summarize", body).json(status: 200)
            #expect(answer["summary"] == "Anna moves the lamp; oil is open." && answer["message_count"] == 4)
            let account = answer["compaction"]
            #expect(account["method"] == "model" && account["model"] == "scripted:parrot")
            #expect(account["covers"] == ["from": 0, "to": 3] && account["content_hash"].stringValue?.count == 64)
            let (tokens, source) = (answer["token_count"].number ?? 0, account["source_tokens"].number ?? 0)
            #expect(tokens > 0 && source > tokens && account["ratio"] == .number(tokens / source))
            #expect(model.requests.first?.sampling.maxTokens == 60)

            let again = try await roost.post("/api/compact/summarize", body).json(status: 200)
            #expect(again["compaction"]["content_hash"] == account["content_hash"])
            let other = try await roost.post("/api/compact/summarize", ["messages": Self.messages("Ahoy, all hands.")])
                .json(status: 200)
            #expect(other["compaction"]["content_hash"] != account["content_hash"])
        }
    }

    @Test(arguments: [
        ModelCatalog.extractive(), ScriptedModel(.fail(.unreachable)).catalog, ScriptedModel(.say([" "])).catalog,
    ])
    func `without a model, or when it fails, the summary quotes and says so`(models: ModelCatalog) async throws {
        try await withRoost(models: models) { roost in
            let answer = try await roost.post("/api/compact/summarize", ["messages": Self.talk]).json(status: 200)
            let summary = try #require(answer["summary"].stringValue)
            #expect(summary.contains("We decided on Tuesday") && summary.contains("Who orders the oil"))
            #expect(!summary.contains("Hm."))
            #expect(answer["compaction"]["method"] == "extractive" && answer["compaction"]["model"] == .null)
        }
    }

    @Test func `more than the window holds is summarised in steps`() async throws {
        let model = ScriptedModel(.say(["First part."]), .say(["Both parts."]))
        try await withRoost(models: model.catalog) { roost in
            let long = (0..<12).map { number -> JSONValue in
                let text = String(repeating: "Keeper number \(number) trims the wick. ", count: 60)
                return ["role": "user", "content": .string(text)]
            }
            let answer = try await roost.post("/api/compact/summarize", ["messages": .array(long)]).json(status: 200)
            #expect(answer["summary"] == "Both parts." && model.requests.count > 1)
            #expect(model.lastPrompt.last?.contains("So far: ") == true)
            let asked = model.requests.map { $0.messages.map(\.text).joined() }.joined()
            for number in 0..<12 { #expect(asked.contains("Keeper number \(number) trims")) }
        }
    }

    @Test func `switched off it answers 501, and without an embedding model there are no embeddings`() async throws {
        var off = CompactionConfiguration()
        off.isEnabled = false
        try await withRoost(compaction: off) { roost in
            for path in ["/api/compact/embeddings", "/api/compact/summarize", "/api/compact/summarize?async=true"] {
                await roost.post(path, ["messages": Self.talk])
                    .expectError(501, "not_configured", says: "ENABLE_COMPACTION")
            }
        }
        try await withRoost { roost in
            await roost.post("/api/compact/embeddings", ["messages": Self.talk]).expectError(501, "not_configured")
        }
    }

    @Test(
        arguments: [
            ([:], "messages"), (["messages": []], "messages"),
            (["messages": [["role": "robot", "content": "x"]]], "messages[0].role"),
            (["messages": [["role": "user", "content": 1]]], "messages[0].content"),
            (["messages": [["role": "user", "content": " "]]], "messages"),
            (["messages": [["role": "user", "content": "x"]], "max_tokens": 0], "max_tokens"),
            (["messages": [["role": "user", "content": "x"]], "max_tokens": 100_000], "max_tokens"),
            (
                ["messages": [["role": "user", "content": .string(String(repeating: "x", count: 32_001))]]],
                "messages[0].content"
            ),
        ] as [(JSONValue, String)]
    )
    func `bad input names its member, also when the work is for later`(body: JSONValue, member: String) async throws {
        try await withRoost { roost in
            await roost.post("/api/compact/summarize", body).expectError(400, param: member)
            await roost.post("/api/compact/summarize?async=true", body).expectError(400, param: member)
        }
    }

    @Test(InstalledModel.isThere) func `a blank message has no embedding`() async throws {
        try await withRoost(embedder: try InstalledModel.embedder()) { roost in
            await roost.post("/api/compact/embeddings", ["messages": Self.messages("x", "  ")])
                .expectError(400, param: "messages[1].content")
        }
    }
}
