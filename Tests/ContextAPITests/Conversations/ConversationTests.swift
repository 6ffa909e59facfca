import ContextCore
import ContextEngine
import HTTP
import LanguageModels
import Retrieval
import Runtime
import SQL
import TestSupport
import Testing

/// `/v1/conversations` and what lies below.
@Suite struct ConversationTests {
    private func begin(_ roost: Roost, _ body: JSONValue = [:]) async throws -> String {
        let conversation = try await roost.post("/v1/conversations", body).json(status: 201)
        return try #require(conversation["id"].stringValue)
    }

    private func say(_ text: String, in id: String, _ roost: Roost) async throws -> JSONValue {
        try await roost.post("/v1/conversations/\(id)/messages", ["content": .string(text)]).json(status: 201)
    }

    /// With a key, always the same one.
    private func repeatable(_ text: String, in id: String, _ roost: Roost) async -> Answer {
        await roost.send(
            .post,
            "/v1/conversations/\(id)/messages",
            ["content": .string(text)],
            headers: ["Idempotency-Key": "k1"]
        )
    }

    @Test func `a conversation remembers, and its prompt is system, messages, passages and question`() async throws {
        let model = ScriptedModel(.say(["It turns ", "by itself [1]."]), .say(["Yes."]))
        try await withRoost(models: model.catalog) { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            let id = try await begin(roost, ["title": "Sea", "system_prompt": "Be salty.", "collections": ["sea"]])
            let turn = try await say("Is the lighthouse on the northern reef automated?", in: id, roost)
            #expect(turn["message"]["content"] == "It turns by itself [1].")
            #expect(turn["message"]["model"] == "scripted:parrot")
            #expect(turn["citations"][0]["number"] == 1 && turn["citations"][0]["collection"] == "sea")
            #expect(turn["usage"]["prompt_tokens"] == 11 && turn["usage"]["cached_tokens"] == 4)
            #expect(turn["context"]["passages_used"].integer ?? 0 > 0)
            _ = try await say("Sure?", in: id, roost)
            let prompt = model.lastPrompt
            #expect(prompt.first?.hasSuffix("Be salty.") == true)
            #expect(prompt[1] == "user: Is the lighthouse on the northern reef automated?")
            #expect(prompt[2] == "assistant: It turns by itself [1].")
            #expect(prompt.count == 4 && prompt[3].hasSuffix("Sure?"))
            #expect(model.requests.last?.stablePrefix == 3)
        }
    }

    @Test func `the tokens by source add up and stay within the limit`() async throws {
        let model = ScriptedModel(.say([String(repeating: "word ", count: 120)]))
        try await withRoost(models: model.catalog) { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            let id = try await begin(roost)
            for number in 0..<12 {
                let turn = try await roost.post(
                    "/v1/conversations/\(id)/messages",
                    ["content": .string("lighthouse question \(number)"), "max_context_tokens": 700]
                ).json(status: 201)
                let tokens = turn["context"]["tokens"]
                let sum = tokens.without("total").names.reduce(0) { $0 + (tokens[$1].integer ?? 0) }
                #expect(tokens["total"].integer == sum && sum <= 700)
                let dropped = turn["context"]["messages_dropped"].integer ?? -1
                let used = turn["context"]["messages_used"].integer ?? -1
                #expect(dropped + used == 2 * number, "nothing is left out silently")
            }
        }
    }

    @Test func `many short passages with their numbers stay within the limit, too`() async throws {
        try await withRoost(models: ScriptedModel(.say(["ok"])).catalog) { roost in
            let kinds = ["amber", "birch", "cedar", "dusk", "ember", "fern", "grove", "heath", "iris", "jade"]
            try await roost.fill("sea", with: kinds.map { "Lighthouse \($0) burns \($0) oil." })
            for limit in stride(from: 120, through: 420, by: 3) {
                let id = try await begin(roost, ["collections": ["sea"]])
                let turn = try await roost.post(
                    "/v1/conversations/\(id)/messages",
                    ["content": "Which lighthouse burns oil?", "max_context_tokens": .number(limit)]
                ).json(status: 201)
                #expect(turn["context"]["tokens"]["total"].integer ?? .max <= limit)
            }
        }
    }

    @Test func `a prompt that can't fit is refused with both numbers, and nothing is recorded`() async throws {
        try await withRoost(models: ScriptedModel(.say(["x"])).catalog) { roost in
            let id = try await begin(roost)
            let answer = await roost.post(
                "/v1/conversations/\(id)/messages",
                ["content": .string(String(repeating: "word ", count: 500)), "max_context_tokens": 100]
            )
            answer.expectError(422, "context_length_exceeded", says: "max: 100")
            let messages = try await roost.get("/v1/conversations/\(id)/messages").json(status: 200)
            #expect(messages["messages"] == [])
        }
    }

    @Test func `a manifest accounts for every message and replays to the byte`() async throws {
        let model = ScriptedModel(.say(["One [1]."]), .say(["Two."]))
        try await withRoost(models: model.catalog) { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            let id = try await begin(roost)
            _ = try await say("lighthouse wick", in: id, roost)
            let turn = try await say("lighthouse fog", in: id, roost)
            let manifestID = try #require(turn["message"]["manifest_id"].stringValue)
            let manifest = try await roost.get("/v1/manifests/\(manifestID)?replay=true").json(status: 200)
            #expect(manifest["prompt"]["messages"].elements.map { $0["decision"] } == ["included", "included"])
            #expect(manifest["prompt"]["reported"]["input"] == 11)
            #expect(manifest["replay"]["exact"] == true, "\(manifest["replay"])")
            let sent = try #require(model.requests.last?.messages)
            #expect(manifest["replay"]["context"].stringValue?.contains(sent.last?.text.prefix(20) ?? "?") == true)
            _ = await roost.delete("/v1/collections/sea/passages/t0")
            let later = try await roost.get("/v1/manifests/\(manifestID)?replay=true").json(status: 200)
            let gone = manifest["candidates"].elements.contains { $0["id"] == "t0" && $0["included"] == true }
            #expect((later["replay"]["exact"] == true) == !gone)
        }
    }

    @Test func `the same key is the same message, answered once`() async throws {
        let model = ScriptedModel(.say(["First."]), .say(["Second."]))
        try await withRoost(models: model.catalog) { roost in
            let id = try await begin(roost)
            func send(_ text: String) async -> Answer { await repeatable(text, in: id, roost) }
            let first = try await send("Hello").json(status: 201)
            let again = try await send("Hello").json(status: 201)
            #expect(first["message"]["id"] == again["message"]["id"])
            #expect(again["message"]["content"] == "First.")
            #expect(model.requests.count == 1)
            await send("Other").expectError(409, "conflict", param: "Idempotency-Key")
            let messages = try await roost.get("/v1/conversations/\(id)/messages").json(status: 200)
            #expect(messages["messages"].elements.count == 2)
        }
    }

    @Test func `a failed turn is kept, and the same key tries it again without a second question`() async throws {
        let model = ScriptedModel(.breakOff("Half"), .say(["Whole."]))
        try await withRoost(models: model.catalog) { roost in
            let id = try await begin(roost)
            func send() async -> Answer { await repeatable("Hello", in: id, roost) }
            await send().expectError(502, "provider_failed", says: "the line is dead")
            let failed = try await roost.get("/v1/conversations/\(id)/messages").json(status: 200)
            #expect(failed["messages"][1]["status"] == "failed" && failed["messages"][1]["content"] == "Half")
            #expect(try await send().json(status: 201)["message"]["content"] == "Whole.")
            let messages = try await roost.get("/v1/conversations/\(id)/messages").json(status: 200)
            #expect(messages["messages"].elements.map { $0["content"] } == ["Hello", "Whole."])
        }
    }

    @Test func `a repeated attempt leaves nothing of the one before behind`() async throws {
        let model = ScriptedModel(.breakOff("Half"), .say(["Whole."]))
        try await withRoost(models: model.catalog) { roost in
            let id = try await begin(roost)
            func send() async -> Answer { await repeatable("Hello", in: id, roost) }
            _ = await send()
            let failed = try await roost.get("/v1/conversations/\(id)/messages").json(status: 200)
            let first = try #require(failed["messages"][0]["manifest_id"].stringValue)
            _ = try await roost.get("/v1/manifests/\(first)").json(status: 200)
            _ = try await send().json(status: 201)
            await roost.get("/v1/manifests/\(first)").expectError(404)
        }
    }

    @Test func `two servers that are sent one message with one key keep one answer`() async throws {
        let folder = try TemporaryFolder()
        let store = DatabaseConfiguration.Location.file(folder.path + "/roost.db")
        let slow = HeldModel(saying: "slow")
        try await withRoost(models: slow.catalog, at: store) { first in
            try await withRoost(models: ScriptedModel(.say(["quick"])).catalog, at: store) { second in
                let id = try await begin(first)
                func send(_ roost: Roost) async -> Answer { await repeatable("Hello", in: id, roost) }
                async let late = send(first)
                try await eventually { slow.isAsked }
                let quick = try await send(second).json(status: 201)
                slow.release()
                await late.expectError(409, "conflict", says: "Another server")
                let again = try await send(first).json(status: 201)
                #expect(again["message"]["id"] == quick["message"]["id"] && again["message"]["content"] == "quick")
            }
        }
    }

    /// With a place kept for the answer, and without one, as earlier versions wrote it.
    @Test(arguments: [2, 1])
    func `a turn that a crash cut off is tried again by its key`(places: Int) async throws {
        let model = ScriptedModel(.say(["Lost."]), .say(["Kept."]))
        try await withRoost(models: model.catalog) { roost in
            let id = try await begin(roost)
            func send() async throws -> JSONValue { try await repeatable("Hello", in: id, roost).json(status: 201) }
            _ = try await send()
            try await roost.engine.library.database.transaction { connection in
                try await connection.execute("DELETE FROM message WHERE conversation = \(id) AND number = 2")
                try await connection.execute("UPDATE conversation SET messages = \(places) WHERE id = \(id)")
            }
            #expect(try await send()["message"]["content"] == "Kept.")
            #expect(try await send()["message"]["content"] == "Kept.")
            let messages = try await roost.get("/v1/conversations/\(id)/messages").json(status: 200)
            #expect(messages["messages"].elements.map { $0["content"] } == ["Hello", "Kept."])
        }
    }

    @Test func `messages to one conversation at once are answered in order, none lost`() async throws {
        try await withRoost(models: ScriptedModel(.say(["ok"])).catalog) { roost in
            let id = try await begin(roost)
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<10 {
                    group.addTask { _ = try? await say("message \(number)", in: id, roost) }
                }
            }
            let messages = try await roost.get("/v1/conversations/\(id)/messages").json(status: 200)
            let roles = messages["messages"].elements.compactMap { $0["role"].stringValue }
            #expect(roles == (0..<10).flatMap { _ in ["user", "assistant"] })
        }
    }

    @Test func `two servers on one store that answer one conversation at once lose nothing`() async throws {
        let folder = try TemporaryFolder()
        let store = DatabaseConfiguration.Location.file(folder.path + "/roost.db")
        let catalog = ScriptedModel(.say(["ok"])).catalog
        try await withRoost(models: catalog, at: store) { first in
            try await withRoost(models: catalog, at: store) { second in
                let id = try await begin(first)
                await withTaskGroup(of: Void.self) { group in
                    for number in 0..<10 {
                        for (name, roost) in [("first", first), ("second", second)] {
                            group.addTask { _ = try? await say("\(name) \(number)", in: id, roost) }
                        }
                    }
                }
                let messages = try await first.get("/v1/conversations/\(id)/messages?limit=100").json(status: 200)
                let questions = messages["messages"].elements.filter { $0["role"] == "user" }
                let texts = Set(questions.compactMap { $0["content"].stringValue })
                #expect(texts == Set((0..<10).flatMap { ["first \($0)", "second \($0)"] }))
                #expect(messages["messages"].elements.count { $0["content"] == "ok" } == 20)
            }
        }
    }

    @Test func `history comes in pages that miss nothing`() async throws {
        try await withRoost(models: ScriptedModel(.say(["ok"])).catalog) { roost in
            let id = try await begin(roost)
            for number in 0..<4 { _ = try await say("message \(number)", in: id, roost) }
            var seen: [JSONValue] = []
            var cursor = ""
            for _ in 0..<10 {
                let page = try await roost.get("/v1/conversations/\(id)/messages?limit=3\(cursor)").json(status: 200)
                seen += page["messages"].elements.map { $0["id"] }
                guard let next = page["next_cursor"].stringValue else { break }
                cursor = "&cursor=\(next)"
            }
            #expect(seen.count == 8 && Set(seen).count == 8)
            await roost.get("/v1/conversations/\(id)/messages?cursor=x").expectError(400, param: "cursor")
            await roost.get("/v1/conversations/\(id)/messages?limit=0").expectError(400, param: "limit")
        }
    }

    @Test func `nobody else's conversation exists`() async throws {
        try await withRoost(models: ScriptedModel(.say(["ok"])).catalog) { roost in
            let id = try await begin(roost)
            await roost.get("/v1/conversations/\(id)", as: "ben").expectError(404)
            await roost.get("/v1/conversations/\(id)/messages", as: "ben").expectError(404)
            await roost.post("/v1/conversations/\(id)/messages", ["content": "x"], as: "ben").expectError(404)
            await roost.delete("/v1/conversations/\(id)", as: "ben").expectError(404)
            let list = try await roost.get("/v1/conversations", as: "ben").json(status: 200)
            #expect(list["conversations"] == [])
        }
    }

    @Test func `deleting takes messages and manifests along`() async throws {
        try await withRoost(models: ScriptedModel(.say(["ok"])).catalog) { roost in
            let id = try await begin(roost)
            let turn = try await say("hello", in: id, roost)
            let manifest = try #require(turn["message"]["manifest_id"].stringValue)
            _ = try await roost.delete("/v1/conversations/\(id)").json(status: 200)
            await roost.get("/v1/conversations/\(id)").expectError(404)
            await roost.get("/v1/manifests/\(manifest)").expectError(404)
        }
    }

    @Test func `a summary takes the place of older messages, in the background`() async throws {
        let model = ScriptedModel(.say(["The port is 8092."]))
        try await withRoost(models: model.catalog) { roost in
            let id = try await begin(roost)
            for number in 0..<10 { _ = try await say("message number \(number) of ten", in: id, roost) }
            #expect(try await roost.summaries.renewNext())
            #expect(try await roost.summaries.renewNext() == false)
            let turn = try await say("And now?", in: id, roost)
            #expect(turn["context"]["summary_used"] == true)
            #expect(turn["context"]["messages_used"] == 10)
            #expect(model.lastPrompt[1].hasPrefix("system: Summary of the conversation so far:"))
            #expect(!model.lastPrompt.contains("user: message number 2 of ten"))
            let manifest = try #require(turn["message"]["manifest_id"].stringValue)
            let replay = try await roost.get("/v1/manifests/\(manifest)?replay=true").json(status: 200)
            #expect(replay["replay"]["exact"] == true, "\(replay["replay"])")
            #expect(replay["prompt"]["messages"].elements.count { $0["decision"] == "summarised" } == 10)
        }
    }

    @Test func `without a model the best sentences answer, and say that they are quotes`() async throws {
        try await withRoost { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            let id = try await begin(roost, ["collections": ["sea"]])
            let turn = try await say("How do sailors know a lighthouse?", in: id, roost)
            #expect(turn["message"]["content"].stringValue?.contains("rhythm") == true)
            #expect(turn["message"]["content"].stringValue?.contains("No language model is configured") == true)
            #expect(turn["message"]["model"] == "extractive:extractive")
            #expect(turn["citations"].elements.isEmpty == false)
        }
    }

    @Test(
        arguments: [
            (["content": ""], "content"), (["content": .string(String(repeating: "x", count: 32_001))], "content"),
            (["content": "x", "max_context_tokens": 0], "max_context_tokens"),
            (["content": "x", "max_context_tokens": -5], "max_context_tokens"),
            (["content": "x", "collections": ["none"]], "collections"), (["content": 7], "content"), ([:], "content"),
        ] as [(JSONValue, String)]
    )
    func `bad input names its field`(body: JSONValue, field: String) async throws {
        try await withRoost(models: ScriptedModel(.say(["ok"])).catalog) { roost in
            let id = try await begin(roost)
            let answer = await roost.post("/v1/conversations/\(id)/messages", body)
            #expect(answer.status == 400 || answer.status == 404)
            #expect(answer.body["error"]["param"] == .string(field), "\(answer.text)")
        }
    }
}

/// A model that answers when it is let.
private final class HeldModel: LanguageModel {
    let name = ModelName(provider: "scripted", model: "held")
    private let text: String
    private let asked = Latch<Void>()
    private let released = Latch<Void>()

    init(saying text: String) { self.text = text }

    var catalog: ModelCatalog {
        let configuration = RouterConfiguration()
        return ModelCatalog(
            ModelRouter(ModelLane(self), configuration: configuration),
            configuration: configuration,
            lane: { ModelLane($0, label: $1) },
            make: { _ in nil }
        )
    }

    var isAsked: Bool { asked.value != nil }
    func release() { released.open() }

    func respond(to request: ModelRequest, _ receive: (ModelEvent) async throws -> Void) async throws {
        asked.open()
        try await released.wait()
        try await receive(.text(text))
        try await receive(.finished(.stop, TokenUsage()))
    }
}
