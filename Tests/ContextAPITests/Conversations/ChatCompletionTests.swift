import ContextCore
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
