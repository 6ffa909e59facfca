import ContextCore
import Testing

@Suite struct TimestampTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (951_782_400_000, "2000-02-29T00:00:00Z"),
            (1_767_646_800_000, "2026-01-05T21:00:00Z"),
            (-1_000, "1969-12-31T23:59:59Z"), (4_107_542_399_000, "2100-02-28T23:59:59Z"),
        ] as [(Int64, String)]
    )
    func `times are written and read in ISO 8601`(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).iso8601 == text)
        #expect(Timestamp(iso8601: text)?.milliseconds == milliseconds)
    }

    @Test(
        arguments: [
            "", "yesterday", "2026-13-01", "2026-01-05T25:00:00Z",
            "2026-01-05T21:00:00+01:00", "2026-1", "2026-02-30", "2025-02-29", "2026-1-05",
            "+026-01-05", "2026--01-05", "2026-01-05T", "2026-01-05T1:00:00Z", "2026-01-05T21:00Z",
            "2026-01-05T21:00:00.Z",
            "2026-01-05T21:00:00.xZ", "2026-00-10", "2026-01-00", "99999-01-01", "2026-01-05T21:00:00",
        ]
    )
    func `what is no time is refused`(text: String) {
        #expect(Timestamp(iso8601: text) == nil)
    }

    @Test func `a fraction of a second is read past and a bare date is its midnight`() {
        #expect(Timestamp(iso8601: "2026-01-05T21:00:00.123456Z") == Timestamp(iso8601: "2026-01-05T21:00:00Z"))
        #expect(Timestamp(iso8601: "2024-02-29")?.iso8601 == "2024-02-29T00:00:00Z")
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
