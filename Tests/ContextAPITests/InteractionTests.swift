import ContextCore
import FoundationEssentials
import HTTP
import Testing

/// `POST /interactions/record` and `GET /training_data/export`.
@Suite struct InteractionTests {
    private static let interaction: JSONValue = [
        "query": "Why does the osprey dive?", "response": "For fish.", "outcome": "success", "user_feedback": 1,
        "session_id": "s", "metadata": ["agent": "a"],
    ]

    @Test func `an interaction is found by later sessions`() async throws {
        try await withRoost { roost in
            let answer = try await roost.post("/interactions/record", Self.interaction).json(status: 201)
            #expect(answer.names == ["interaction_id"])
            let turn = try await roost.pull(["query": "why the osprey does dive", "context_level": "comprehensive"])
            #expect(turn["context_ids"] == [answer["interaction_id"]])
            let found = try await roost.post("/v1/search", ["query": "osprey", "filter": ["outcome": "success"]])
                .json(status: 200)
            let metadata = found["results"][0]["metadata"]
            #expect(metadata["user_feedback"] == 1 && metadata["session_id"] == "s" && metadata["agent"] == "a")
        }
    }

    @Test func `bad interactions are refused with the field's name`() async throws {
        try await withRoost { roost in
            func refuse(_ members: JSONValue, _ param: String) async {
                await roost.post("/interactions/record", Self.interaction.with(members))
                    .expectError(400, "invalid_request", param: param)
            }
            await refuse(["outcome": "great"], "outcome")
            await refuse(["user_feedback": 2], "user_feedback")
            await refuse(["user_feedback": 0.5], "user_feedback")
            await refuse(["query": ""], "query")
            await refuse(["response": 1], "response")
            await refuse(["metadata": "m"], "metadata")
            for name in ["query", "response", "outcome"] {
                await roost.post("/interactions/record", Self.interaction.without(name))
                    .expectError(400, "invalid_request", param: name)
            }
            let least: JSONValue = ["query": "q", "response": "r", "outcome": "partial"]
            _ = try await roost.post("/interactions/record", least).json(status: 201)
        }
    }

    @Test func `reports are exported in three formats, newest last`() async throws {
        try await withRoost { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            let turn = try await roost.pull(["session_id": "s", "query": "lighthouse", "collections": ["sea"]])
            for (confidence, response) in [(0.4, "A poor answer."), (0.9, "A good answer.")] {
                roost.clock.advance(seconds: 60)
                _ = try await roost.post(
                    "/feedback/evaluate",
                    [
                        "session_id": "s", "response": .string(response), "confidence": .number(confidence),
                        "gaps": ["Missing fog horns"], "metadata": ["model": "m"],
                    ]
                ).json(status: 200)
            }
            try await withLiveServer(roost) { live in
                let raw = try await live.export("format=raw")
                #expect(raw.map(\.["response"]) == ["A poor answer.", "A good answer."])
                #expect(raw[0]["context"] == turn["context"] && raw[0]["manifest_id"] == turn["manifest_id"])
                #expect(raw[0]["confidence"] == 0.4 && raw[0]["gaps"] == ["Missing fog horns"])
                #expect(raw[1]["recorded_at"] == "2026-01-05T21:02:00Z" && raw[1]["metadata"] == ["model": "m"])

                let chat = try await live.export("")
                #expect(chat.count == 2 && chat[0].names == ["messages"])
                #expect(chat[1]["messages"].elements.map(\.["role"]) == ["system", "user", "assistant"])
                #expect(chat[1]["messages"][2]["content"] == "A good answer.")

                let pairs = try await live.export("format=preference")
                #expect(pairs.count == 1)
                #expect(pairs[0]["preferred_output"][0]["content"] == "A good answer.")
                #expect(pairs[0]["non_preferred_output"][0]["content"] == "A poor answer.")
                #expect(pairs[0]["input"]["messages"].elements.last == ["role": "user", "content": "lighthouse"])

                #expect(try await live.export("format=raw&min_confidence=0.5").count == 1)
                #expect(try await live.export("format=raw&since=2026-01-05T21:01:30Z").count == 1)
                #expect(try await live.export("format=raw&collection=sea").count == 2)
                #expect(try await live.export("format=raw&collection=best-practices").isEmpty)
            }
        }
    }

    @Test func `a bad selection is an error before the stream begins`() async throws {
        try await withRoost { roost in
            func refuse(_ query: String, _ status: Int, _ param: String) async {
                await roost.get("/training_data/export?\(query)").expectError(status, param: param)
            }
            await refuse("format=xml", 400, "format")
            await refuse("since=yesterday", 400, "since")
            await refuse("since=2026-13-45T99:99:99Z", 400, "since")
            await refuse("min_confidence=2", 400, "min_confidence")
            await refuse("min_confidence=nan", 400, "min_confidence")
            await refuse("collection=void", 404, "collection")
        }
    }
}

extension LiveServer {
    /// The exported lines, each of them JSON.
    func export(_ query: String, as user: String = "anna") async throws -> [JSONValue] {
        let answer = try await send(.get, "/training_data/export?\(query)", headers: ["X-Test-User": user])
        #expect(answer.status == 200 && answer.headers["Content-Type"] == "application/x-ndjson")
        return try answer.bytes.split(separator: UInt8(ascii: "\n")).map {
            try JSONDecoder().decode(JSONValue.self, from: Data($0))
        }
    }
}
