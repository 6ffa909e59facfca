import ContextCore
import FoundationEssentials
import HTTP
import LanguageModels
import Synchronization
import Testing

/// `/v1/jobs` and `/v1/inference`.
@Suite struct JobTests {
    private static func context(_ texts: String...) -> JSONValue {
        .array(
            texts.enumerated().map { place, text in
                ["role": .string(place.isMultiple(of: 2) ? "user" : "assistant"), "content": .string(text)]
            }
        )
    }

    @Test func `the oldest form of a job, a prompt and parameters, is answered`() async throws {
        let model = ScriptedModel(.say(["Blue", "."]))
        try await withRoost(models: model.catalog) { roost in
            let body: JSONValue = ["id": "job-1", "prompt": "Which colour?", "parameters": ["max_tokens": 50]]
            let answer = try await roost.post("/v1/jobs", body).json(status: 200)
            #expect(answer["job_id"] == "job-1" && answer["response"] == "Blue.")
            let metadata = answer["metadata"]
            #expect(metadata["context_tokens"] == 0 && metadata["prompt_tokens"] == 11)
            #expect(metadata["completion_tokens"] == 3 && metadata["model"] == "scripted:parrot")
            #expect(metadata["context_messages_used"] == 0 && metadata["context_messages_dropped"] == 0)
            #expect(metadata["finish_reason"] == "stop" && metadata["timestamp"] == "2026-01-05T21:00:00Z")
            #expect(model.lastPrompt == ["user: Which colour?"])
            #expect(model.requests.first?.sampling.maxTokens == 50)
        }
    }

    @Test func `the history goes to the provider as chat messages, and what had no place is counted`() async throws {
        let model = ScriptedModel(.say(["Yes."]))
        try await withRoost(models: model.catalog) { roost in
            let turns = (0..<7).flatMap { number -> [JSONValue] in
                [
                    ["role": "user", "content": .string("q\(number)"), "extra": 1],
                    ["role": "assistant", "content": .string("a\(number)")],
                ]
            }
            let system: JSONValue = ["role": "system", "content": "Be brief."]
            let body: JSONValue = [
                "id": "j", "prompt": "And now?", "conversation_context": .array([system] + turns), "later": true,
            ]
            let answer = await roost.post("/v1/jobs", body)
            #expect(answer.headers["X-Roost-Ignored"] == "later")
            let metadata = try answer.json(status: 200)["metadata"]
            #expect(metadata["context_messages_used"] == 11 && metadata["context_messages_dropped"] == 4)
            #expect(metadata["context_tokens"].integer ?? 0 > 11)
            #expect(model.lastPrompt.prefix(3) == ["system: Be brief.", "user: q2", "assistant: a2"])
            #expect(model.lastPrompt.suffix(2) == ["assistant: a6", "user: And now?"])
        }
    }

    @Test func `a prompt that can't fit is refused with both numbers, and a long message is cut`() async throws {
        let model = ScriptedModel(.say(["Yes."]))
        try await withRoost(models: model.catalog) { roost in
            let long = String(repeating: "The lamp burns all night. ", count: 900)
            await roost.post("/v1/jobs", ["prompt": .string(long)])
                .expectError(422, "context_length_exceeded", param: "prompt", says: "4096")
            await roost.post("/v1/jobs", ["prompt": "Hi", "parameters": ["max_tokens": 4_096]])
                .expectError(422, "context_length_exceeded", param: "max_tokens", says: "4096")
            #expect(model.requests.isEmpty)
            let body: JSONValue = ["prompt": "Hi", "conversation_context": Self.context(long, "Indeed.")]
            let metadata = try await roost.post("/v1/jobs", body).json(status: 200)["metadata"]
            #expect(metadata["context_messages_shortened"] == 1 && metadata["context_messages_used"] == 2)
            #expect(model.lastPrompt.first?.hasSuffix("night. […]") == true)
            #expect(metadata["context_tokens"].integer ?? .max < 4_096)
        }
    }

    @Test func `passages come before the prompt, with citations and a manifest`() async throws {
        let model = ScriptedModel(.say(["Two short flashes [1]."]))
        try await withRoost(models: model.catalog) { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            let body: JSONValue = [
                "id": "j", "prompt": "How do sailors know a lighthouse by its rhythm?", "enable_rag": true,
                "session_config": ["collections": ["sea"], "k": 3, "max_context_tokens": 900],
                "conversation_context": Self.context("Hello.", "Ahoy."),
            ]
            let metadata = try await roost.post("/v1/jobs", body).json(status: 200)["metadata"]
            #expect(metadata["citations"][0]["collection"] == "sea")
            let id = try #require(metadata["manifest_id"].stringValue)
            let manifest = try await roost.get("/v1/manifests/\(id)").json(status: 200)
            #expect(manifest["operation"] == "jobs" && manifest["prompt"]["messages"].elements.count == 2)
            #expect(manifest["candidates"].elements.count <= 3)
            #expect(model.lastPrompt.prefix(2) == ["user: Hello.", "assistant: Ahoy."])
            #expect(model.lastPrompt.last?.contains("two short flashes") == true)
            // Nothing is left of a passage that no score reaches.
            let strict = body.with(["session_config": ["collections": ["sea"], "threshold": 1]])
            let none = try await roost.post("/v1/jobs", strict).json(status: 200)["metadata"]
            #expect(none["citations"] == [])
        }
    }

    @Test func `inference is the same operation with its members side by side`() async throws {
        let model = ScriptedModel(.say(["Four."]))
        try await withRoost(models: model.catalog) { roost in
            let body: JSONValue = [
                "model": "gpt", "prompt": "Two and two?", "max_tokens": 9, "temperature": 0, "stream": false,
                "conversation_context": Self.context("One and one?", "Two."), "session_id": "s-1",
            ]
            let answer = try await roost.post("/v1/inference", body).json(status: 200)
            #expect(answer["content"] == "Four." && answer["finish_reason"] == "stop" && answer["session_id"] == "s-1")
            #expect(answer["usage"]["prompt_tokens"] == 11 && answer["usage"]["completion_tokens"] == 3)
            #expect(answer["tokens_used"] == 14)
            #expect(model.lastPrompt == ["user: One and one?", "assistant: Two.", "user: Two and two?"])
        }
    }

    @Test func `without a provider the extractive model answers and says so`() async throws {
        try await withRoost { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            let body: JSONValue = ["prompt": "How do sailors know a lighthouse?", "enable_rag": true]
            let answer = try await roost.post("/v1/jobs", body).json(status: 200)
            #expect(answer["metadata"]["model"] == "extractive:extractive")
            #expect(answer["response"].stringValue?.contains("[1]") == true)
        }
    }

    @Test(
        arguments: [
            ("/v1/jobs", [:], "prompt"), ("/v1/jobs", ["prompt": " "], "prompt"),
            (
                "/v1/jobs", ["prompt": "x", "conversation_context": [["role": "tool", "content": "y"]]],
                "conversation_context[0].role"
            ),
            (
                "/v1/jobs", ["prompt": "x", "conversation_context": [["role": "user"]]],
                "conversation_context[0].content"
            ),
            ("/v1/jobs", ["prompt": "x", "parameters": ["max_tokens": 0]], "parameters.max_tokens"),
            ("/v1/jobs", ["prompt": "x", "parameters": ["temperature": 3]], "parameters.temperature"),
            ("/v1/jobs", ["prompt": "x", "parameters": ["top_p": -1]], "parameters.top_p"),
            ("/v1/jobs", ["prompt": "x", "enable_rag": true, "session_config": ["k": 0]], "session_config.k"),
            (
                "/v1/jobs", ["prompt": "x", "enable_rag": true, "session_config": ["threshold": 2]],
                "session_config.threshold"
            ),
            (
                "/v1/jobs", ["prompt": "x", "session_config": ["max_context_tokens": 4_097]],
                "session_config.max_context_tokens"
            ),
            ("/v1/jobs", ["prompt": "x", "id": ""], "id"),
            ("/v1/inference", ["prompt": "x", "max_tokens": -1], "max_tokens"),
            (
                "/v1/inference", ["prompt": "x", "conversation_context": [["role": "bot", "content": ""]]],
                "conversation_context[0].role"
            ),
        ] as [(String, JSONValue, String)]
    )
    func `bad input names its member`(path: String, body: JSONValue, member: String) async throws {
        try await withRoost(models: ScriptedModel(.say(["x"])).catalog) { roost in
            await roost.post(path, body).expectError(400, param: member)
        }
    }

    @Test func `an unknown collection and a failing model have their statuses`() async throws {
        try await withRoost(models: ScriptedModel(.fail(.overloaded)).catalog) { roost in
            let body: JSONValue = ["prompt": "x", "enable_rag": true, "session_config": ["collections": ["none"]]]
            await roost.post("/v1/jobs", body).expectError(404)
            await roost.post("/v1/jobs", ["prompt": "x"]).expectError(503, says: "scripted failure")
        }
    }
}

/// Jobs whose answers come in pieces, over a real connection.
@Suite struct JobStreamTests {
    private typealias Event = (name: String?, data: JSONValue)

    private func events(
        of body: String,
        at path: String,
        from model: ScriptedModel
    ) async throws -> (status: Int, events: [Event]) {
        let received = Mutex<(Int, [Event])>((0, []))
        try await withRoost(models: model.catalog) { roost in
            try await withLiveServer(roost) { live in
                let json: HTTPHeaders = ["Content-Type": "application/json"]
                let answer = try await live.send(.post, path, headers: json, body: Array(body.utf8))
                var parser = EventStreamParser()
                let events = try parser.receive(answer.text.utf8).map { event in
                    (event.event, try JSONDecoder().decode(JSONValue.self, from: Data(event.data.utf8)))
                }
                received.withLock { $0 = (answer.status, events) }
            }
        }
        return received.withLock(\.self)
    }

    @Test func `pieces, and a last event with the account`() async throws {
        let body = #"{"id":"j","prompt":"hi","parameters":{"stream":true}}"#
        let (status, events) = try await events(of: body, at: "/v1/jobs", from: ScriptedModel(.say(["One", " two"])))
        #expect(status == 200 && events.map(\.name) == [nil, nil, nil])
        #expect(events[0].data["content"] == "One" && events[0].data["tokens"].integer ?? 0 > 0)
        #expect(events[1].data["content"] == " two")
        #expect(events[2].data["finish_reason"] == "stop" && events[2].data["job_id"] == "j")
        #expect(events[2].data["metadata"]["completion_tokens"] == 3 && events[2].data["content"] == "")
    }

    @Test func `inference streams the same pieces`() async throws {
        let body = #"{"prompt":"hi","stream":true}"#
        let (_, events) = try await events(of: body, at: "/v1/inference", from: ScriptedModel(.say(["One"])))
        #expect(events.map { $0.data["content"] } == ["One", ""])
        #expect(events[1].data["usage"]["total_tokens"] == 14 && events[1].data["finish_reason"] == "stop")
    }

    @Test func `what fails before the first piece keeps its status, and what fails later is the last event`()
        async throws
    {
        let body = #"{"prompt":"hi","stream":true}"#
        let early = try await events(of: body, at: "/v1/inference", from: ScriptedModel(.fail(.unreachable)))
        #expect(early.status == 502)
        let late = try await events(of: body, at: "/v1/inference", from: ScriptedModel(.breakOff("Half")))
        #expect(late.status == 200 && late.events.map(\.name) == [nil, "error"])
        #expect(late.events.last?.data["error"]["code"] == "provider_failed")
    }
}
