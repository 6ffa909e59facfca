import ContextCore
import LanguageModels
import TestSupport
import Testing

@testable import ContextEngine

/// Which of a history's messages go into a prompt.
@Suite struct HistoryWindowTests {
    private static let meter = TokenMeter(TokenEstimator())

    private static func window(messages: Int = 10) -> HistoryWindow {
        var configuration = HistoryWindow.Configuration()
        configuration.messages = messages
        return HistoryWindow(configuration: configuration, meter: meter)
    }

    private static func cost(_ message: Message) -> Int { meter.count(message) }

    /// `s`, `u`, `a` are roles, the number behind each is how many sentences it has.
    private func history(_ plan: String) -> [Message] {
        plan.split(separator: " ").enumerated().map { place, part in
            let role: Message.Role = part.first == "s" ? .system : part.first == "u" ? .user : .assistant
            let count = Int(part.dropFirst()) ?? 1
            let sentences = (0..<count).map { "Sentence \($0) of message \(place) tells of a lamp." }
            return Message(role, sentences.joined(separator: " "))
        }
    }

    @Test func `a history that fits is taken as it is`() {
        let history = history("s u a u a")
        let selection = Self.window().select(from: history, within: 4_096)
        #expect(selection.messages == history && selection.dropped == 0 && selection.shortened == 0)
        #expect(selection.tokens == history.reduce(0) { $0 + Self.cost($1) })
    }

    @Test(arguments: [
        // The last ten begin with an answer, whose question is the eleventh: both go.
        ("u a u a u a u a u a u", [2, 3, 4, 5, 6, 7, 8, 9, 10], 2),
        ("u a u a u a u a u a", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 0),
        // System messages stay, wherever they stand, and count for none of the ten.
        ("s u a u a s u a u a u a u a", [0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13], 2),
        // Questions without answers are exchanges of their own.
        ("u u u u u u u u u u u u", [2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 2),
        ("a a u", [0, 1, 2], 0), ("", [], 0), ("s", [0], 0),
    ])
    func `the last ten are taken, questions with their answers`(plan: String, places: [Int], dropped: Int) {
        let selection = Self.window().select(from: history(plan), within: 100_000)
        #expect(selection.places == places && selection.dropped == dropped)
    }

    @Test func `the oldest exchange goes first, both halves of it`() {
        let history = history("u3 a3 u a u a")
        let all = history.reduce(0) { $0 + Self.cost($1) }
        let selection = Self.window().select(from: history, within: all - 1)
        #expect(selection.places == [2, 3, 4, 5] && selection.dropped == 2 && selection.shortened == 0)
    }

    @Test func `what lies before an exchange without room is not taken either`() {
        let history = history("u a u9 a9 u a")
        let withoutRoom = history.suffix(4).reduce(0) { $0 + Self.cost($1) } - 1
        let selection = Self.window().select(from: history, within: withoutRoom)
        #expect(selection.places == [4, 5] && selection.dropped == 4)
    }

    @Test func `the newest exchange is shortened at sentences, the longest message first`() throws {
        let history = history("u a u2 a40")
        let selection = Self.window().select(from: history, within: 200)
        #expect(selection.places == [2, 3] && selection.dropped == 2 && selection.shortened == 1)
        let cut = try #require(selection.messages.last?.text)
        #expect(cut.hasSuffix("tells of a lamp. […]") && history[3].text.hasPrefix(cut.dropLast(4)))
        #expect(selection.messages.first == history[2] && selection.tokens <= 200 && selection.tokens > 150)
    }

    @Test func `a message that could never fit is shortened, also when it is old`() {
        let history = history("u400 a u a")
        let selection = Self.window().select(from: history, within: 500)
        #expect(selection.places == [0, 1, 2, 3] && selection.shortened == 1 && selection.tokens <= 500)
    }

    @Test func `a system message that is too long is shortened, and the history gives way to it`() {
        let history = history("s400 u a")
        let selection = Self.window().select(from: history, within: 300)
        #expect(selection.places == [0] && selection.shortened == 1 && selection.dropped == 2)
    }

    @Test func `blank messages are dropped and part nothing from its answer`() {
        let history = [Message(.user, "Why?"), Message(.user, " \n"), Message(.assistant, "So."), Message(.system, "")]
        let selection = Self.window().select(from: history, within: 100)
        #expect(selection.places == [0, 2] && selection.dropped == 2 && selection.shortened == 0)
    }

    @Test func `a server that looks for no passages says so to a job that wants some`() throws {
        var limits = JobConfiguration()
        limits.retrieves = false
        var job = JobRequest(prompt: "Why?")
        _ = try job.validated(limits)
        job.retrieval = JobRequest.Retrieval()
        let refusal = #expect(throws: ContextError.self) { _ = try job.validated(limits) }
        #expect(refusal?.kind == .notConfigured && refusal?.parameter == "enable_rag")
    }

    @Test func `without room nothing is taken and everything is counted`() {
        let selection = Self.window().select(from: history("s u a"), within: 0)
        #expect(selection.messages.isEmpty && selection.dropped == 3 && selection.tokens == 0)
    }

    @Test(arguments: 0..<400)
    func `the window holds its promises for any history`(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let history = (0..<random.below(30)).map { place -> Message in
            let role = random.pick([Message.Role.user, .assistant, .user, .assistant, .system])
            let length = random.pick([0, 1, 5, 30, 200, 3_000])
            return Message(role, (0..<length).map { _ in random.pick(Self.pieces) }.joined())
        }
        let limit = random.pick([0, 10, 100, 500, 4_096, 100_000])
        let most = 1 + random.below(12)
        let selection = Self.window(messages: most).select(from: history, within: limit)

        #expect(selection.tokens <= limit)
        #expect(selection.tokens == selection.messages.reduce(0) { $0 + Self.cost($1) })
        #expect(selection.messages.count + selection.dropped == history.count)
        #expect(selection.places == selection.places.sorted() && Set(selection.places).count == selection.places.count)
        #expect(selection.messages.count { $0.role != .system } <= most)
        for (place, message) in zip(selection.places, selection.messages) where message != history[place] {
            #expect(message.role == history[place].role && message.text.hasSuffix(Excerpt.mark))
            #expect(history[place].text.hasPrefix(message.text.dropLast(Excerpt.mark.count)))
        }
        // What is said is a suffix of the history, and never begins with the answer to a question that was left out.
        let said = history.indices.filter { place in
            history[place].role != .system && history[place].text.contains { !$0.isWhitespace }
        }
        let taken = selection.places.filter { history[$0].role != .system }
        #expect(taken == said.suffix(taken.count))
        if let first = taken.first, first != said.first, history[first].role == .assistant {
            let before = said.prefix { $0 < first }
            let answers = before.reversed().prefix { history[$0].role == .assistant }.count
            #expect(answers >= most - 1 || before.allSatisfy { history[$0].role == .assistant })
        }
    }

    private static let pieces = [
        "lamp ", "It burns. ", "\n", "\n\n- item ", "日本語。", "🙂", "e\u{301}", "3.14 ", "really? ",
        "supercalifragilistic",
        "]", "…",
    ]

    @Test func `a text without sentences or words is cut at a character`() throws {
        let text = String(repeating: "é", count: 4_000)
        let cut = try #require(SentenceCut.leading(text, within: 50, count: Self.meter.count))
        #expect(cut.hasSuffix(Excerpt.mark) && text.hasPrefix(cut.dropLast(4)) && Self.meter.count(cut) <= 50)
        #expect(SentenceCut.leading(text, within: 0, count: Self.meter.count) == nil)
    }
}
