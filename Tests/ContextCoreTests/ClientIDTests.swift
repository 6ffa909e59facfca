import ContextCore
import Testing

@Suite struct ClientIDTests {
    @Test func `numbers come by value and before strings, strings by their scalars`() {
        let sorted: [ClientID] = [
            .number("-10"), .number("-9"), .number("-0.5"), .number("0"), .number("1"), .number("1.0"), .number("2"),
            .number("10"), .number("9007199254740992"), .number("9007199254740993"), .number("1e300"),
            .string(""), .string("10"), .string("2"), .string("A"), .string("a"), .string("é"), .string("\u{FFFD}"),
            .string("🙂"),
        ]
        #expect(sorted.reversed().sorted() == sorted)
        for (left, right) in zip(sorted, sorted.dropFirst()) {
            #expect(left < right && !(right < left) && left != right, "\(left) \(right)")
        }
    }

    @Test func `negative whole numbers that share a double are told apart`() {
        #expect(ClientID.number("-9007199254740993") < .number("-9007199254740992"))
    }

    @Test func `equal bytes of one kind are one id, and nothing else is`() {
        #expect(ClientID.string("1") != .number("1"))
        #expect(ClientID.number("1") != .number("1.0"))
        #expect(ClientID.string("e\u{301}") != .string("\u{E9}"))
        #expect(Set([ClientID.string("e\u{301}"), .string("\u{E9}"), .string("e\u{301}")]).count == 2)
    }
}
