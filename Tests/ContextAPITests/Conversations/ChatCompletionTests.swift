import ContextCore
import FoundationEssentials
import HTTP
import LanguageModels
import Testing

/// `/v1/chat/completions`, `/v1/models`.
@Suite struct ChatCompletionTests {
    private static let hello: JSONValue = ["model": "gpt", "messages": [["role": "user", "content": "hello"]]]

    @Test func `a plain request goes to the model as it is`() async throws {
        let model = ScriptedModel(.say(["Hi"]))
        try await withRoost(models: model.catalog) { roost in
            let body = Self.hello.with(["temperature": 0.2, "max_tokens": 9, "stop": "END", "top_p": 0.5, "seed": 4])
            let answer = try await roost.post("/v1/chat/completions", body).json(status: 200)
            #expect(answer["object"] == "chat.completion")
            #expect(answer["choices"][0]["message"] == ["role": "assistant", "content": "Hi"])
            #expect(answer["choices"][0]["finish_reason"] == "stop")
            #expect(answer["usage"]["prompt_tokens"] == 11)
            #expect(answer["usage"]["prompt_tokens_details"]["cached_tokens"] == 4)
            #expect(answer["roost"] == .null)
            let sampling = try #require(model.requests.first?.sampling)
            #expect(sampling.maxTokens == 9 && sampling.temperature == 0.2 && sampling.stop == ["END"])
            #expect(model.lastPrompt == ["user: hello"])
        }
    }

    @Test func `tools go both ways`() async throws {
        let model = ScriptedModel(.call(ToolCall(id: "c1", name: "weather", arguments: #"{"city":"Bern"}"#)))
        try await withRoost(models: model.catalog) { roost in
            let tool: JSONValue = [
                "type": "function", "function": ["name": "weather", "parameters": ["type": "object"]],
            ]
            let answer = try await roost.post("/v1/chat/completions", Self.hello.with(["tools": [tool]]))
                .json(status: 200)
            let call = answer["choices"][0]["message"]["tool_calls"][0]
            #expect(call["function"]["name"] == "weather" && call["id"] == "c1")
            #expect(answer["choices"][0]["finish_reason"] == "tool_calls")
            #expect(model.requests.first?.tools.first?.name == "weather")
        }
    }

    @Test func `roost adds passages, citations and a manifest to a plain request`() async throws {
        let model = ScriptedModel(.say(["Two short flashes [1]."]))
        try await withRoost(models: model.catalog) { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            let body: JSONValue = [
                "messages": [
                    ["role": "system", "content": "Be brief."],
                    ["role": "user", "content": "How do sailors know a lighthouse by its rhythm?"],
                ],
                "roost": ["collections": ["sea"], "max_context_tokens": 500],
            ]
            let answer = try await roost.post("/v1/chat/completions", body).json(status: 200)
            #expect(answer["roost"]["citations"][0]["collection"] == "sea")
            let id = try #require(answer["roost"]["manifest_id"].stringValue)
            let manifest = try await roost.get("/v1/manifests/\(id)").json(status: 200)
            #expect(manifest["operation"] == "chat/completions")
            #expect(model.lastPrompt.first == "system: Be brief.")
            #expect(model.lastPrompt.last?.contains("two short flashes") == true)
        }
    }

    @Test func `roost continues a conversation that the server holds`() async throws {
        let model = ScriptedModel(.say(["One."]), .say(["Two."]))
        try await withRoost(models: model.catalog) { roost in
            let id = try #require(try await roost.post("/v1/conversations", [:]).json(status: 201)["id"].stringValue)
            for word in ["first", "second"] {
                let body: JSONValue = [
                    "messages": [["role": "user", "content": .string(word)]], "roost": ["conversation_id": .string(id)],
                ]
                let answer = try await roost.post("/v1/chat/completions", body).json(status: 200)
                #expect(answer["roost"]["conversation_id"] == .string(id))
            }
            #expect(model.lastPrompt.contains("assistant: One."))
        }
    }

    @Test func `a conversation goes on with what OpenAI's clients say and want to know`() async throws {
        let model = ScriptedModel(.say(["One."]), .say(["Two."]))
        try await withRoost(models: model.catalog) { roost in
            let id = try #require(try await roost.post("/v1/conversations", [:]).json(status: 201)["id"].stringValue)
            let body: JSONValue = [
                "model": "other", "messages": [["role": "user", "content": "first"]], "stream": true, "max_tokens": 50,
                "stream_options": ["include_usage": true], "presence_penalty": 1,
                "roost": ["conversation_id": .string(id)],
                "tools": [["type": "function", "function": ["name": "f", "parameters": ["type": "object"]]]],
            ]
            try await withLiveServer(roost) { live in
                for _ in 0..<2 {
                    let answer = try await live.send(
                        .post,
                        "/v1/chat/completions",
                        headers: ["Idempotency-Key": "k1", "Content-Type": "application/json"],
                        body: Array(body.description.utf8)
                    )
                    #expect(answer.headers["X-Roost-Ignored"] == "presence_penalty, tools")
                    var parser = EventStreamParser()
                    let chunks = try parser.receive(answer.text.utf8).dropLast().map {
                        try JSONDecoder().decode(JSONValue.self, from: Data($0.data.utf8))
                    }
                    try #require(chunks.count == 4, "\(answer.text)")
                    #expect(chunks.allSatisfy { $0["model"] == "scripted:parrot" && $0["id"] == chunks[0]["id"] })
                    #expect(chunks[0]["choices"][0]["delta"]["role"] == "assistant")
                    #expect(chunks[3]["usage"]["prompt_tokens"] == 11)
                    #expect(chunks[3]["roost"]["conversation_id"] == .string(id))
                }
            }
            #expect(model.requests.count == 1)
            #expect(model.requests.last?.sampling.maxTokens == 50)
        }
    }

    @Test func `a history that is shortened keeps no tool's answer without its call`() async throws {
        let model = ScriptedModel(.say(["Fine."]))
        try await withRoost(models: model.catalog) { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            let arguments = #"{"text":"\#(String(repeating: "word ", count: 300))"}"#
            let call: JSONValue = [
                "id": "c1", "type": "function", "function": ["name": "f", "arguments": .string(arguments)],
            ]
            let body: JSONValue = [
                "messages": [
                    ["role": "user", "content": "Look it up."], ["role": "assistant", "tool_calls": [call]],
                    ["role": "tool", "tool_call_id": "c1", "content": "It turns."],
                    ["role": "assistant", "content": "It turns, they say."], ["role": "user", "content": "Sure?"],
                ], "roost": ["collections": ["sea"], "max_context_tokens": 300],
            ]
            let answer = try await roost.post("/v1/chat/completions", body).json(status: 200)
            let roles = try #require(model.requests.last).messages.map(\.role).filter { $0 != .system }
            #expect(roles == [.assistant, .user])
            let id = try #require(answer["roost"]["manifest_id"].stringValue)
            let manifest = try await roost.get("/v1/manifests/\(id)").json(status: 200)
            let decisions = manifest["prompt"]["messages"].elements.compactMap { $0["decision"].stringValue }
            #expect(decisions == ["over_budget", "over_budget", "over_budget", "included"])
        }
    }

    @Test func `a stream names what it ignored, as an answer does`() async throws {
        try await withRoost(models: ScriptedModel(.say(["x"])).catalog) { roost in
            let id = try #require(try await roost.post("/v1/conversations", [:]).json(status: 201)["id"].stringValue)
            for (path, body) in [
                ("/v1/chat/completions", ["messages": [["role": "user", "content": "x"]]]),
                ("/v1/conversations/\(id)/messages", ["content": "x"]), ("/v1/jobs", ["prompt": "x"]),
                ("/v1/inference", ["prompt": "x"]),
            ] as [(String, JSONValue)] {
                var body = body.objectValue ?? [:]
                body["verbose"] = true
                for isStreamed in [false, true] {
                    if path == "/v1/jobs" {
                        body["parameters"] = ["stream": .bool(isStreamed)]
                    } else {
                        body["stream"] = .bool(isStreamed)
                    }
                    let answer = await roost.post(path, .object(body))
                    #expect(answer.headers["X-Roost-Ignored"] == "verbose", "\(path) \(isStreamed)")
                }
            }
        }
    }

    @Test(
        arguments: [
            (["messages": []], "messages"), (["messages": [["role": "robot", "content": "x"]]], "messages[0].role"),
            (["messages": [["role": "tool", "content": "x"]]], "messages[0].tool_call_id"),
            (["messages": [["role": "user", "content": "x"]], "n": 2], "n"),
            (["messages": [["role": "user", "content": "x"]], "temperature": 3], "temperature"),
            (["messages": [["role": "user", "content": "x"]], "max_tokens": 0], "max_tokens"), ([:], "messages"),
            (["messages": [["role": "user", "content": [["type": "audio"]]]]], "messages[0].content[0]"),
        ] as [(JSONValue, String)]
    )
    func `bad input names its member`(body: JSONValue, member: String) async throws {
        try await withRoost(models: ScriptedModel(.say(["x"])).catalog) { roost in
            await roost.post("/v1/chat/completions", body).expectError(400, param: member)
        }
    }

    @Test(arguments: [
        (ModelError.Kind.rateLimited, 429), (.overloaded, 503), (.unreachable, 502), (.contextLengthExceeded, 422),
        (.unauthenticated, 502), (.rejected, 422),
    ])
    func `a model's failure has its status`(kind: ModelError.Kind, status: Int) async throws {
        try await withRoost(models: ScriptedModel(.fail(kind)).catalog) { roost in
            await roost.post("/v1/chat/completions", Self.hello).expectError(status, says: "scripted failure")
        }
    }

    @Test func `models are listed as OpenAI's clients want them`() async throws {
        try await withRoost(models: ScriptedModel(.say(["x"])).catalog) { roost in
            let list = try await roost.get("/v1/models").json(status: 200)
            #expect(list["object"] == "list" && list["data"][0]["id"] == "scripted:parrot")
            #expect(try await roost.get("/v1/models/parrot").json(status: 200)["object"] == "model")
            await roost.get("/v1/models/none").expectError(404)
        }
    }
}
