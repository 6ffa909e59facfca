import ContextCore
import ContextEngine
import LanguageModels
import Retrieval
import TestSupport
import Testing

/// The window of a session's prompt holds everything that is sent with it.
@Suite struct PromptWindowTests {
    private static let meter = TokenMeter(TokenEstimator())

    private static func words(_ count: Int, _ random: inout SeededGenerator) -> String {
        (0..<count).map { _ in random.pick(["lamp", "oil", "lighthouse", "fog", "a", "日本語", "été", "[1]"]) }
            .joined(separator: " ")
    }

    /// A prompt and up to three messages before it, each with fewer words than `limit`.
    private static func request(below limit: Int, _ random: inout SeededGenerator) -> PromptRequest {
        PromptRequest(
            prompt: "lamp " + words(random.below(limit), &random),
            conversation: (0..<random.below(4)).map { _ in
                let role = random.pick(["user", "assistant", "system", "robot"])
                return PromptRequest.Line(role: role, text: words(random.below(limit), &random))
            }
        )
    }

    @Test(arguments: [300, 600, 2_000, 4_000])
    func `all that is sent fits, and what can't fit is refused with both numbers`(window: Int) async throws {
        var random = SeededGenerator(seed: UInt64(window))
        let model = ScriptedModel(.say(["Yes."]), window: window)
        try await withRoost(models: model.catalog) { roost in
            let texts = (0..<60).map { "Entry \($0): " + Self.words(random.pick([2, 10, 50, 200]), &random) }
            try await roost.fill("sea", with: texts)
            let session = roost.engine.sessionVectors.openSession()
            let anna = try #require(Roost.users["anna"])
            var (refused, withPassages, omitted) = (0, 0, 0)
            for round in 0..<60 {
                let request = Self.request(below: random.pick([8, window / 8, window / 2]), &random)
                let asked = model.requests.count
                var planned = 0
                do {
                    try await roost.engine.prompts.respond(to: request, in: session, for: anna) { event in
                        if case .began(let tokens) = event { planned = tokens }
                        if case .ended(let end) = event { omitted += end.omitted["over_budget"] ?? 0 }
                    }
                    let sent = try #require(model.requests.last?.messages)
                    let tokens = sent.reduce(0) { $0 + Self.meter.count($1) }
                    #expect(tokens <= planned && planned <= window, "round \(round)")
                    if sent.last?.text.contains("Entry ") == true { withPassages += 1 }
                } catch let error as TokenLimitExceeded {
                    #expect(error.promptTokens > window && error.windowTokens == window)
                    #expect(model.requests.count == asked)
                    refused += 1
                }
            }
            #expect(refused > 0 && withPassages > 0 && omitted > 0)
        }
    }
}
