import ContextCore
import ContextEngine
import LanguageModels
import TestSupport
import Testing

/// What a model reads of messages that it summarises in steps, and what becomes of its answers.
@Suite struct SummarizerTests {
    private static let meter = TokenMeter(TokenEstimator())

    private func summarizer(_ model: ScriptedModel, window: Int) -> Summarizer {
        var configuration = Summarizer.Configuration()
        configuration.window = window
        return Summarizer(models: model.catalog, configuration: configuration, meter: Self.meter)
    }

    /// Up to several windows long; sentences, words, or neither.
    private func message(_ random: inout SeededGenerator) -> Message {
        let pieces = random.pick([
            ["It burns. ", "lamp ", "日本語。", "e\u{301}t\u{E9} ", "3.14 ", "\n\n- item "], ["oil ", "wick\n", "  "],
            ["x", "🙂"], ["漢"],
        ])
        let count = random.below(random.pick([4, 100, 1_000, 4_000]))
        return Message(random.pick([.user, .assistant]), (0..<count).map { _ in random.pick(pieces) }.joined())
    }

    /// What a step says of the messages, without the summary so far, roles and white space.
    private func read(_ request: ModelRequest) -> String {
        var text = request.messages[1].text.replacing("So far: Summary.\n\n", with: "")
        for role in ["user: ", "assistant: "] { text = text.replacing(role, with: "") }
        return text.filter { !$0.isWhitespace }
    }

    @Test(arguments: 0..<40)
    func `a model reads all of every message, once, in steps that its window holds`(seed: Int) async throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let messages = (0...random.below(8)).map { _ in message(&random) }
        let window = random.pick([1_200, 2_000, 4_096])
        let model = ScriptedModel(.say(["Summary."]))
        var progress: [Int] = []
        let summary = try await summarizer(model, window: window)
            .summarize(messages, within: random.pick([nil, 60, .max]), for: "test") { progress.append($0) }
        #expect(summary.text == "Summary." && summary.method == .model)
        let said = messages.map(\.text).joined().filter { !$0.isWhitespace }
        #expect(model.requests.map(read).joined() == said)
        for request in model.requests {
            let tokens = request.messages.reduce(0) { $0 + Self.meter.count($1) }
            #expect(tokens + (request.sampling.maxTokens ?? 0) <= window)
        }
        #expect(progress.count == model.requests.count && progress == progress.sorted())
        #expect(progress.last == messages.count)
    }

    @Test func `a window too small for anything is read in pieces all the same`() async throws {
        let model = ScriptedModel(.say(["Summary."]))
        let text = (0..<100).map { "Sentence \($0). " }.joined()
        _ = try await summarizer(model, window: 1).summarize([Message(.user, text)], for: "test")
        #expect(model.requests.map(read).joined() == text.filter { !$0.isWhitespace })
        #expect(model.requests.count <= text.count / 200 + 1)
    }

    @Test func `the longest summary leaves a third of the window to what is read`() async throws {
        let summary = String(repeating: "lamp ", count: 100)
        let model = ScriptedModel(.say([summary]))
        let messages = (0..<30).map { Message(.user, "Keeper number \($0) trims the wick of the northern lamp.") }
        let summarizer = summarizer(model, window: 600)
        let longest = summarizer.longestSummary
        #expect(longest == 150 && (100...longest).contains(Self.meter.count(summary)))
        _ = try await summarizer.summarize(messages, after: summary, within: .max, for: "test")
        let tokens = messages.reduce(0) { $0 + Self.meter.count($1) }
        #expect(model.requests.count <= tokens / (longest - 2 * Self.meter.count(messages[0])) + 1)
        #expect(model.requests.allSatisfy { $0.sampling.maxTokens == longest })
    }

    @Test(arguments: [
        ("Anna moves the lamp. Oil is open. Ben or", "Anna moves the lamp. Oil is open."),
        ("Anna moves the lamp and", "Anna moves the lamp and"),
    ])
    func `a summary that ran out of tokens loses the sentence that it broke off in`(said: String, kept: String)
        async throws
    {
        let model = ScriptedModel(.runOut(said))
        let long = Message(.user, String(repeating: "The keeper trims the wick. ", count: 60))
        let summary = try await summarizer(model, window: 1_000).summarize([long, long], for: "test")
        #expect(summary.text == kept && model.requests.count > 1)
        #expect(model.lastPrompt[1].hasPrefix("user: So far: \(kept)\n\n"))
    }
}
