import ContextCore
import ContextEngine
import FoundationEssentials
import LanguageModels
import Runtime
import Testing

/// Two hundred messages through a window that holds a few dozen of them.
@Suite struct LongConversationTests {
    private static let window = 4_096

    /// About 110 tokens, no two alike.
    private static func question(_ number: Int) -> String {
        "Entry \(number): " + (0..<60).map { "w\((number * 7 + $0 * 13) % 997)" }.joined(separator: " ") + "?"
    }

    private func manifest(_ id: JSONValue, _ roost: Roost) async throws -> JSONValue {
        try await roost.get("/v1/manifests/\(id.stringValue ?? "")?replay=true").json(status: 200)
    }

    /// Every message before the question has a decision, and what the answer says adds up with it.
    private func check(_ manifest: JSONValue, _ context: JSONValue, before number: Int) {
        let entries = manifest["prompt"]["messages"].elements
        #expect(entries.compactMap { $0["number"].integer } == Array(1..<number))
        let decisions = entries.map { $0["decision"].stringValue }
        #expect(decisions.allSatisfy { ["included", "summarised", "over_budget"].contains($0) })
        #expect(decisions.count { $0 == "included" } == context["messages_used"].integer)
        #expect(decisions.count { $0 == "over_budget" } == context["messages_dropped"].integer)
        #expect(decisions.contains("summarised") == (context["summary_used"] == true))
        // The oldest stand in the summary, then come those that were dropped, then those that are kept: no gaps.
        let order = ["summarised": 0, "over_budget": 1, "included": 2]
        let places = decisions.compactMap { order[$0 ?? ""] }
        #expect(places == places.sorted())
        let tokens = context["tokens"]
        let sum = tokens.without("total").names.reduce(0) { $0 + (tokens[$1].integer ?? 0) }
        #expect(tokens["total"].integer == sum && manifest["tokens"].integer == sum)
        #expect(sum <= Self.window && manifest["budget"].integer == Self.window)
    }

    @Test func `all of it is accounted for, within the budget, and replays to the byte`() async throws {
        let words = (0..<90).map { "answer\($0)" }.joined(separator: " ")
        let meter = TokenMeter(TokenEstimator())
        let model = ScriptedModel(.say([words]))
        var configuration = ConversationConfiguration()
        configuration.contextTokens = Self.window
        // Renewed so late that messages are dropped before they are summarised.
        configuration.summaryAt = 60
        try await withRoost(models: model.catalog, conversations: configuration) { roost in
            let id = try #require(try await roost.post("/v1/conversations", [:]).json(status: 201)["id"].stringValue)
            var manifests: [(id: JSONValue, prompt: [Message])] = []
            var previous: (messages: [Message], tokens: JSONValue)?
            var (cached, dropped) = (0, 0)
            for number in 0..<100 {
                let body: JSONValue = ["content": .string(Self.question(number))]
                let turn = try await roost.post("/v1/conversations/\(id)/messages", body).json(status: 201)
                let context = turn["context"]
                let request = try #require(model.requests.last)
                #expect(request.messages.reduce(0) { $0 + meter.count($1) } <= Self.window)
                let manifestID = turn["message"]["manifest_id"]
                if number.isMultiple(of: 6) {
                    let manifest = try await manifest(manifestID, roost)
                    check(manifest, context, before: 2 * number + 1)
                    #expect(manifest["replay"]["exact"] == true, "\(manifest["replay"])")
                }
                manifests.append((manifestID, request.messages))
                dropped += context["messages_dropped"].integer ?? 0

                // The stable prefix of the prompt before, byte for byte, or none of it.
                let predicted = try #require(context["predicted_cached_tokens"].integer)
                if let previous {
                    let begins =
                        request.messages.count > previous.messages.count
                        && request.messages.starts(with: previous.messages)
                    let stable = ["system", "tools", "summary", "messages"].reduce(0) {
                        $0 + (previous.tokens[$1].integer ?? 0)
                    }
                    #expect(predicted == (begins ? stable : 0), "turn \(number)")
                    if begins { cached += 1 }
                } else {
                    #expect(predicted == 0)
                }
                previous = (Array(request.messages.prefix(request.stablePrefix)), context["tokens"])
                while try await roost.summaries.renewNext() {}
            }
            #expect(dropped > 0 && cached > 15)
            #expect(model.requests.last?.messages.contains { $0.text.hasPrefix("Summary of the conversation") } == true)
            // Also those made before a summary was renewed.
            for (id, prompt) in manifests {
                let manifest = try await manifest(id, roost)
                let context = try #require(manifest["replay"]["context"].stringValue)
                #expect(try JSONDecoder().decode([Message].self, from: Data(context.utf8)) == prompt)
                #expect(manifest["context_hash"] == .string(SHA256.hexadecimal(of: context)))
            }
        }
    }

    @Test func `a summary without room is no summary, and its messages are over the budget`() async throws {
        let model = ScriptedModel(.say([String(repeating: "word ", count: 150)]))
        try await withRoost(models: model.catalog) { roost in
            let id = try #require(try await roost.post("/v1/conversations", [:]).json(status: 201)["id"].stringValue)
            let path = "/v1/conversations/\(id)/messages"
            for number in 0..<12 {
                _ = try await roost.post(path, ["content": .string("short \(number)")]).json(status: 201)
            }
            #expect(try await roost.summaries.renewNext())
            let turn = try await roost.post(path, ["content": "Now?", "max_context_tokens": 130]).json(status: 201)
            #expect(turn["context"]["summary_used"] == false)
            let manifest = try await manifest(turn["message"]["manifest_id"], roost)
            let decisions = manifest["prompt"]["messages"].elements.compactMap { $0["decision"].stringValue }
            #expect(decisions.count == 24 && !decisions.contains("summarised"))
            #expect(decisions.count { $0 == "over_budget" } == turn["context"]["messages_dropped"].integer)
            #expect(manifest["replay"]["exact"] == true)
        }
    }
}
