import ContextAPI
import ContextCore
import FoundationEssentials
import HTTP
import LanguageModels
import Testing

/// Answers in pieces, over a real connection.
@Suite struct ConversationStreamTests {
    private func events(_ text: String) throws -> [(name: String?, data: JSONValue)] {
        var parser = EventStreamParser()
        return try parser.receive(text.utf8).map { event in
            (
                event.event,
                (try? JSONDecoder().decode(JSONValue.self, from: Data(event.data.utf8))) ?? .string(event.data)
            )
        }
    }

    private func begin(_ live: LiveServer) async throws -> String {
        let answer = try await live.send(.post, "/v1/conversations", headers: Self.json, body: Array("{}".utf8))
        return try #require(answer.body["id"].stringValue)
    }

    private static let json: HTTPHeaders = ["Content-Type": "application/json"]

    @Test func `a stream is context, deltas and done`() async throws {
        let model = ScriptedModel(.say(["a", "b"]))
        try await withRoost(models: model.catalog) { roost in
            try await withLiveServer(roost) { live in
                let id = try await begin(live)
                let answer = try await live.send(
                    .post,
                    "/v1/conversations/\(id)/messages",
                    headers: Self.json,
                    body: Array(#"{"content":"hi","stream":true}"#.utf8)
                )
                #expect(answer.headers["Content-Type"] == "text/event-stream")
                let events = try events(answer.text)
                #expect(events.map(\.name) == ["context", "delta", "delta", "done"])
                #expect(events[1].data["content"] == "a")
                #expect(events[3].data["message"]["content"] == "ab")
            }
        }
    }

    @Test func `what fails before the first event keeps its status, and what fails later is the last event`()
        async throws
    {
        let model = ScriptedModel(.breakOff("Half"))
        try await withRoost(models: model.catalog) { roost in
            try await withLiveServer(roost) { live in
                let missing = try await live.send(
                    .post,
                    "/v1/conversations/none/messages",
                    headers: Self.json,
                    body: Array(#"{"content":"hi","stream":true}"#.utf8)
                )
                missing.expectError(404)
                let id = try await begin(live)
                let broken = try await live.send(
                    .post,
                    "/v1/conversations/\(id)/messages",
                    headers: Self.json,
                    body: Array(#"{"content":"hi","stream":true}"#.utf8)
                )
                let events = try events(broken.text)
                #expect(events.map(\.name) == ["context", "delta", "error"])
                #expect(events.last?.data["error"]["code"] == "provider_failed")
            }
        }
    }

    @Test func `what fails after a silence that a comment broke is an event, too`() async throws {
        let model = ScriptedModel(.failLate(after: .milliseconds(300)))
        var limits = APILimits()
        limits.eventSilence = .milliseconds(20)
        try await withRoost(models: model.catalog, limits: limits) { roost in
            try await withLiveServer(roost) { live in
                let answer = try await live.send(
                    .post,
                    "/v1/chat/completions",
                    headers: Self.json,
                    body: Array(#"{"messages":[{"role":"user","content":"hello"}],"stream":true}"#.utf8)
                )
                #expect(answer.text.hasPrefix(": keep-alive\n\n"))
                let events = try events(answer.text)
                #expect(events.map(\.name) == [nil])
                #expect(events.first?.data["error"]["code"] == "provider_failed")
            }
        }
    }

    @Test func `a client that leaves cancels the model, and what was said is kept and marked`() async throws {
        let model = ScriptedModel(.hang("Half an answer"))
        try await withRoost(models: model.catalog) { roost in
            try await withLiveServer(roost) { live in
                let id = try await begin(live)
                let request = ClientRequest(
                    .post,
                    "http://127.0.0.1:\(live.port)/v1/conversations/\(id)/messages",
                    headers: Self.json,
                    body: Array(#"{"content":"hi","stream":true}"#.utf8)
                )
                try await live.client.send(request) { response in
                    var text = ""
                    while !text.contains("Half an answer"), let bytes = try await response.next() {
                        text += String(decoding: bytes, as: UTF8.self)
                    }
                }
                for _ in 0..<500 {
                    let messages = try await live.send(.get, "/v1/conversations/\(id)/messages").body["messages"]
                    if messages.elements.count == 2 {
                        #expect(messages[1]["status"] == "interrupted")
                        #expect(messages[1]["content"] == "Half an answer")
                        return
                    }
                    try await Task.sleep(for: .milliseconds(20))
                }
                Issue.record("the interrupted answer was never recorded")
            }
        }
    }

    @Test func `OpenAI's stream has a role, words, a reason, usage and its end`() async throws {
        let model = ScriptedModel(.say(["Hi ", "there"]))
        try await withRoost(models: model.catalog) { roost in
            try await withLiveServer(roost) { live in
                let body = #"""
                    {"model":"x","messages":[{"role":"user","content":"hello"}],"stream":true,
                     "stream_options":{"include_usage":true}}
                    """#
                let answer = try await live.send(
                    .post,
                    "/v1/chat/completions",
                    headers: Self.json,
                    body: Array(body.utf8)
                )
                let events = try events(answer.text)
                #expect(events.last?.data == "[DONE]")
                let chunks = events.dropLast().map(\.data)
                #expect(chunks.allSatisfy { $0["object"] == "chat.completion.chunk" })
                let words = chunks.compactMap { $0["choices"][0]["delta"]["content"].stringValue }
                #expect(words == ["", "Hi ", "there"])
                #expect(chunks[3]["choices"][0]["finish_reason"] == "stop")
                #expect(chunks[4]["usage"]["total_tokens"] == 14)
            }
        }
    }
}
