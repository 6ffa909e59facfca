import ContextCore
import ContextEngine
import FoundationEssentials
import LanguageModels
import Retrieval
import Runtime
import SQL
import Testing

/// Manifests of prompts whose history the caller holds.
@Suite struct PromptReplayTests {
    private static let history: JSONValue = [
        ["role": "system", "content": "Be brief."], ["role": "user", "content": "Hello, é\u{301} 👩‍👩‍👧."],
        ["role": "assistant", "content": "Ahoy."],
    ]

    private static let job: JSONValue = [
        "prompt": "How do sailors know a lighthouse by its rhythm?", "enable_rag": true,
        "session_config": ["collections": ["sea"], "max_context_tokens": 900], "conversation_context": history,
    ]

    private static let chat: JSONValue = [
        "messages": [
            ["role": "system", "content": "Be brief."], ["role": "user", "content": "first"],
            ["role": "assistant", "content": "second"], ["role": "system", "content": "Be salty."],
            [
                "role": "user",
                "content": [
                    ["type": "text", "text": "How do sailors know a lighthouse by its rhythm?"],
                    ["type": "image_url", "image_url": ["url": "data:image/png;base64,aGk="]],
                ],
            ],
        ], "roost": ["collections": ["sea"], "max_context_tokens": 4_000],
    ]

    private func replay(_ id: JSONValue, _ roost: Roost) async throws -> JSONValue {
        try await roost.get("/v1/manifests/\(id.stringValue ?? "")?replay=true").json(status: 200)
    }

    private func messages(_ replay: JSONValue) throws -> [Message] {
        let context = try #require(replay["replay"]["context"].stringValue, "\(replay["replay"])")
        return try JSONDecoder().decode([Message].self, from: Data(context.utf8))
    }

    @Test func `a job's prompt replays to the byte, and its account comes without the texts`() async throws {
        let model = ScriptedModel(.say(["Two flashes [1]."]))
        try await withRoost(models: model.catalog) { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            let answer = try await roost.post("/v1/jobs", Self.job).json(status: 200)
            let id = answer["metadata"]["manifest_id"]
            let replayed = try await replay(id, roost)
            #expect(replayed["replay"]["exact"] == true)
            #expect(try messages(replayed) == model.requests.last?.messages)
            #expect(replayed["prompt"]["model"] == "scripted:parrot" && replayed["prompt"]["reported"]["input"] == 11)
            #expect(replayed["prompt"]["difference"].integer == replayed["tokens"].integer.map { $0 - 11 })
            let plain = await roost.get("/v1/manifests/\(id.stringValue ?? "")")
            #expect(plain.status == 200 && !plain.text.contains("Ahoy.") && !plain.text.contains("Be brief."))
            #expect(
                try plain.json(status: 200)["prompt"]["messages"].elements.map { $0["decision"] } == [
                    "included", "included", "included",
                ]
            )
        }
    }

    @Test func `a history that was cut replays as it was cut`() async throws {
        let model = ScriptedModel(.say(["Yes."]))
        try await withRoost(models: model.catalog) { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            let long = String(repeating: "The lamp burns all night. ", count: 300)
            let history: JSONValue = [
                ["role": "user", "content": "old"], ["role": "assistant", "content": "older"],
                ["role": "user", "content": .string(long)], ["role": "assistant", "content": .string(long)],
            ]
            let answer = try await roost.post("/v1/jobs", Self.job.with(["conversation_context": history])).json(
                status: 200
            )
            #expect(answer["metadata"]["context_messages_shortened"].integer ?? 0 > 0)
            let replayed = try await replay(answer["metadata"]["manifest_id"], roost)
            #expect(try messages(replayed) == model.requests.last?.messages)
            let entries = replayed["prompt"]["messages"].elements
            #expect(entries.count == 4 && entries.first?["decision"] == "over_budget")
        }
    }

    @Test func `a chat's prompt replays to the byte, pictures and all system prompts included`() async throws {
        let model = ScriptedModel(.say(["Two flashes [1]."]))
        try await withRoost(models: model.catalog) { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            let answer = try await roost.post("/v1/chat/completions", Self.chat).json(status: 200)
            let replayed = try await replay(answer["roost"]["manifest_id"], roost)
            #expect(replayed["replay"]["exact"] == true)
            #expect(try messages(replayed) == model.requests.last?.messages)
            let entries = replayed["prompt"]["messages"].elements
            #expect(entries.map { $0["role"] } == ["system", "user", "assistant", "system"])
            #expect(entries.allSatisfy { $0["decision"] == "included" })
            #expect(replayed["tokens"].integer ?? 0 > TokenMeter.defaultPerImage)
        }
    }

    @Test func `a chat accounts for each message that had no room`() async throws {
        let model = ScriptedModel(.say(["Yes."]))
        try await withRoost(models: model.catalog) { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            let turns = (0..<20).map { number -> JSONValue in
                let text = JSONValue.string("message \(number) " + String(repeating: "word ", count: 30))
                return ["role": number.isMultiple(of: 2) ? "user" : "assistant", "content": text]
            }
            let body: JSONValue = [
                "messages": .array(turns + [["role": "user", "content": "Now?"]]),
                "roost": ["collections": ["sea"], "max_context_tokens": 400],
            ]
            let answer = try await roost.post("/v1/chat/completions", body).json(status: 200)
            let replayed = try await replay(answer["roost"]["manifest_id"], roost)
            let decisions = replayed["prompt"]["messages"].elements.compactMap { $0["decision"].stringValue }
            #expect(decisions.count == 20 && decisions.first == "over_budget" && decisions.last == "included")
            #expect(decisions.count { $0 == "included" } == (model.requests.last?.messages.count ?? 0) - 1)
            #expect(try messages(replayed) == model.requests.last?.messages)
        }
    }

    @Test func `a passage that changed is named, and no history of somebody else is shown`() async throws {
        let model = ScriptedModel(.say(["Yes [1]."]))
        try await withRoost(models: model.catalog) { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            let answer = try await roost.post("/v1/jobs", Self.job).json(status: 200)
            let id = try #require(answer["metadata"]["manifest_id"].stringValue)
            await roost.get("/v1/manifests/\(id)?replay=true", as: "ben").expectError(404)
            _ = await roost.delete("/v1/collections/sea/passages/t3")
            let replayed = try await replay(.string(id), roost)
            #expect(replayed["replay"]["exact"] == false)
            #expect(replayed["replay"]["missing"][0]["id"] == "t3")
        }
    }

    @Test func `what was kept goes with the manifest`() async throws {
        let model = ScriptedModel(.say(["Yes."]))
        try await withRoost(models: model.catalog) { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            _ = try await roost.post("/v1/jobs", Self.job).json(status: 200)
            roost.clock.advance(seconds: roost.engine.configuration.manifestTimeToLive)
            let database = roost.engine.library.database
            let sweeper = ExpirySweeper(
                database: database,
                configuration: roost.engine.configuration,
                now: { [clock = roost.clock] in clock.now },
                log: .disabled
            )
            #expect(try await sweeper.sweep().manifests == 1)
            let left = try await database.read { try await $0.query("SELECT body FROM manifest").count }
            #expect(left == 0)
        }
    }
}
