import ContextCore
import Testing

@Suite struct TimestampTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (951_782_400_000, "2000-02-29T00:00:00Z"), (1_767_646_800_000, "2026-01-05T21:00:00Z"),
            (-1_000, "1969-12-31T23:59:59Z"), (4_107_542_399_000, "2100-02-28T23:59:59Z"),
        ] as [(Int64, String)]
    )
    func `times are written and read in ISO 8601`(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).iso8601 == text)
        #expect(Timestamp(iso8601: text)?.milliseconds == milliseconds)
    }

    @Test(arguments: ["", "yesterday", "2026-13-01", "2026-01-05T25:00:00Z", "2026-01-05T21:00:00+01:00", "2026-1"])
    func `what is no time is refused`(text: String) {
        #expect(Timestamp(iso8601: text) == nil)
    }

    @Test func `every day of four centuries reads back`() {
        for day in stride(from: Int64(-100_000), to: 100_000, by: 7) {
            let moment = Timestamp(milliseconds: day * 86_400_000)
            #expect(Timestamp(iso8601: moment.iso8601) == moment)
        }
    }

    @Test func `ids differ and are made of characters that need no escaping`() {
        let ids = (0..<1_000).map { _ in Identifier.random("s_") }
        #expect(Set(ids).count == 1_000)
        #expect(ids.allSatisfy { $0.count == 28 && $0.utf8.allSatisfy { $0 > 0x2F && $0 < 0x7B } })
    }
}
