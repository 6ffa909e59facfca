import Testing

@testable import roost

@Suite struct ChatLineTests {
    private func meanings(_ lines: String...) -> [ChatLine] {
        var reader = ChatLineReader()
        return lines.compactMap { reader.read($0) } + [reader.end()].compactMap(\.self)
    }

    @Test func `a line is a message, an order begins with a slash`() {
        #expect(meanings("Hello there") == [.message("Hello there")])
        #expect(meanings("/model gpt-4o  ") == [.command(.model, argument: "gpt-4o")])
        #expect(meanings("/SYSTEM Be  brief.") == [.command(.system, argument: "Be  brief.")])
        #expect(
            meanings("/help", "/?", "/exit") == [
                .command(.help, argument: ""), .command(.help, argument: ""), .command(.quit, argument: ""),
            ]
        )
        #expect(meanings("/modl x", "/") == [.unknown("modl"), .unknown("")])
        #expect(meanings("", " \t") == [.blank, .blank])
    }

    @Test func `a path and an indented slash are no orders`() {
        #expect(meanings("/etc/hosts is what?") == [.message("/etc/hosts is what?")])
        #expect(meanings(" /help") == [.message(" /help")])
    }

    @Test func `three quotes hold a message of several lines`() {
        #expect(
            meanings("\"\"\"one", "/two", "", "three\"\"\"", "four") == [
                .message("one\n/two\n\nthree"), .message("four"),
            ]
        )
        #expect(meanings("\"\"\"all at once\"\"\"") == [.message("all at once")])
        #expect(meanings("\"\"\"", "\"\"\"") == [.blank])
        #expect(meanings("\"\"\"", "never ended") == [.message("\nnever ended")])
    }

    @Test func `a message that was dropped leaves nothing behind`() {
        var reader = ChatLineReader()
        #expect(reader.read("\"\"\"half") == nil && reader.isWithinMessage)
        reader.forget()
        #expect(!reader.isWithinMessage && reader.read("new") == .message("new"))
    }

    @Test func `Ctrl-C stops an answer or drops a line, a second one ends`() {
        var plan = InterruptPlan()
        #expect(plan.interrupted() == .dropLine)
        #expect(plan.interrupted() == .end)

        plan = InterruptPlan()
        plan.beganAnswer()
        #expect(plan.interrupted() == .stopAnswer)
        plan.endedAnswer()
        #expect(plan.interrupted() == .end)

        plan = InterruptPlan()
        plan.beganAnswer()
        plan.endedAnswer()
        #expect(plan.interrupted() == .dropLine)
        plan.readLine()
        #expect(plan.interrupted() == .dropLine)
        plan.beganAnswer()
        #expect(plan.interrupted() == .stopAnswer)
        #expect(plan.interrupted() == .end)
    }
}
