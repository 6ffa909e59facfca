import FoundationEssentials
import RoostClient
import TestSupport
import Testing

/// Conversations of the client library with the built program, a provider behind it.
@Suite(.timeLimit(.minutes(3))) struct SwiftConversationTests {
    /// A client of a server whose models are `small` (preferred) and `large`.
    private func withServer(
        _ body: @Sendable (RoostClient, FakeModel) async throws -> Void
    ) async throws {
        try await FakeModel.run { model, base in
            var settings = ServerSettings.withoutModel
            settings.variables.merge([
                "ROOST_LLM_PROVIDER": "openai", "ROOST_LLM_ENDPOINT": base, "ROOST_LLM_MODEL": "small",
                "ROOST_LLM_RETRY_ATTEMPTS": "0",
            ]) { $1 }
            try await Server.with(in: try TemporaryFolder(), settings) { server in
                let url = try #require(URL(string: server.caller.address))
                try await body(RoostClient(server: url), model)
            }
        }
    }

    @Test func `a conversation is begun, continued by another model, and read back`() async throws {
        try await withServer { roost, model in
            let talk = try await roost.startConversation(systemPrompt: "You know trains.", title: "Trains")
            #expect(talk.title == "Trains" && talk.systemPrompt == "You know trains." && talk.messageCount == 0)
            #expect(abs(talk.createdAt.timeIntervalSinceNow) < 600)
            let first = try await roost.sendMessage(talk.id, content: "When?")
            #expect(first.message.content.hasPrefix("I am small, asked: When?") && first.message.role == .assistant)
            #expect(first.message.model == "openai:small" && first.message.status == .complete)
            #expect(first.usage.promptTokens == 100 && first.usage.cachedTokens == 64)
            #expect((first.context?.tokens["system"] ?? 0) > 0 && first.context?.manifestID.hasPrefix("mf_") == true)
            let second = try await roost.sendMessage(talk.id, content: "Where?", MessageOptions(model: "large"))
            #expect(second.message.model == "openai:large" && second.context?.messagesUsed == 2)
            #expect(model.requests[1].messages.first?.hasSuffix("You know trains.") == true)

            let said = try await roost.history(talk.id)
            #expect(said.map(\.role) == [.user, .assistant, .user, .assistant])
            #expect(said.map(\.content)[0] == "When?" && said[1] == first.message)
            #expect(try await roost.conversation(talk.id).messageCount == 4)
            try await roost.deleteConversation(talk.id)
            let gone = await #expect(throws: RoostError.self) { try await roost.history(talk.id) }
            guard case .refused(let refusal)? = gone else { Issue.record("\(String(describing: gone))"); return }
            #expect(refusal.status == 404 && refusal.code == "not_found")
        }
    }

    @Test func `a long history is read in pages`() async throws {
        try await withServer { roost, _ in
            let talk = try await roost.startConversation()
            for number in 0..<101 { _ = try await roost.sendMessage(talk.id, content: "Message \(number)") }
            let said = try await roost.history(talk.id).filter { $0.role == .user }.map(\.content)
            #expect(said == (0..<101).map { "Message \($0)" })
        }
    }

    @Test func `an answer comes in pieces, in their order`() async throws {
        try await withServer { roost, _ in
            let talk = try await roost.startConversation()
            var (kinds, text, reply) = ([String](), "", Reply?.none)
            for try await event in try await roost.streamMessage(talk.id, content: "Now?") {
                switch event {
                case .context: kinds.append("context")
                case .queued: kinds.append("queued")
                case .text(let piece):
                    kinds.append("text")
                    text += piece
                case .done(let last):
                    kinds.append("done")
                    reply = last
                }
            }
            #expect(kinds == ["context", "text", "text", "text", "text", "text", "done"])
            #expect(reply?.message.content == text && text.hasPrefix("I am small"))
        }
    }

    @Test func `who leaves the answer early stops the model, and what was said is kept`() async throws {
        try await withServer { roost, _ in
            let talk = try await roost.startConversation()
            for try await event in try await roost.streamMessage(talk.id, content: "please hold") {
                if case .text = event { break }
            }
            let task = Task { try await roost.sendMessage(talk.id, content: "again: hold") }
            // The second message waits until the server has seen the first one's reader leave.
            try await eventually { try await roost.history(talk.id).count >= 3 }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            try await eventually { try await roost.history(talk.id).count >= 4 }
            let said = try await roost.history(talk.id)
            #expect(said.map(\.status) == [.complete, .interrupted, .complete, .interrupted])
            #expect(said[1].content == "I am ")
        }
    }

    @Test func `failures are typed: before the first event, in the middle, and without a server`() async throws {
        try await withServer { roost, _ in
            let talk = try await roost.startConversation()
            for (content, code, status) in [
                ("refuse", "provider_failed", nil), ("break", "provider_failed", nil), (" ", "invalid_request", 400),
            ] as [(String, String, Int?)] {
                let error = await #expect(throws: RoostError.self) {
                    try await roost.sendMessage(talk.id, content: content)
                }
                guard case .refused(let refusal)? = error else {
                    Issue.record("\(String(describing: error))"); continue
                }
                #expect(refusal.code == code && refusal.status == status, "\(content): \(refusal)")
            }
            var options = ClientOptions()
            options.retry.attempts = 1
            let nobody = RoostClient(server: try #require(URL(string: "http://127.0.0.1:9")), options: options)
            let error = await #expect(throws: RoostError.self) { try await nobody.sendMessage("c_x", content: "?") }
            guard case .unreachable? = error else { Issue.record("\(String(describing: error))"); return }
        }
    }

    @Test func `a single question leaves no conversation behind`() async throws {
        try await withServer { roost, _ in
            let reply = try await roost.ask("Alone?", MessageOptions(model: "large"))
            #expect(reply.message.content.hasPrefix("I am large, asked: Alone?"))
            await #expect(throws: RoostError.self) { try await roost.ask("refuse") }
        }
    }

    /// More callers than the pool has threads, all of them on it: work that needed the pool would wait for ever.
    @Test func `the blocking calls end, also when they hold every thread of the pool`() async throws {
        // Without the provider, which runs in this process and needs the pool itself.
        try await Server.with(in: try TemporaryFolder(), .withoutModel) { server in
            let former: any FormerCalls = RoostClient(server: try #require(URL(string: server.caller.address)))
            try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<16 {
                    group.addTask {
                        number % 2 == 0
                            ? try former.complete("Number \(number)")
                            : try former.infer("Number \(number)").message.content
                    }
                }
                for try await text in group { #expect(text.contains("No language model is configured")) }
            }
            #expect(throws: RoostError.self) { try former.complete(" ") }
        }
    }
}

/// The deprecated calls, for a test of which nothing is deprecated.
private protocol FormerCalls: Sendable {
    func complete(_ prompt: String) throws -> String
    func infer(_ prompt: String) throws -> Reply
}

extension RoostClient: FormerCalls {}
