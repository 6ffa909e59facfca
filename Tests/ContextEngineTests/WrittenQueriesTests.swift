import FoundationEssentials
import TestSupport
import Testing

@testable import ContextEngine

/// Queries that a model wrote, in whatever form.
@Suite struct WrittenQueriesTests {
    private static let limits = WrittenQueries.Limits(count: 4, characters: 40)

    private func read(_ text: String) -> [String] { WrittenQueries(text, limits: Self.limits).queries }

    @Test(arguments: [
        (#"["fog horns", "oil lamps"]"#, ["fog horns", "oil lamps"]),
        (
            "Sure! Here you are:\n```json\n[\"fog horns\",\n \"oil lamps\"]\n```\nAsk again.",
            ["fog horns", "oil lamps"]
        ),
        (#"{"queries":[{"query":"fog horns"},{"query":"oil lamps"}]}"#, ["fog horns", "oil lamps"]),
        (#"["fog horns", "oil la"#, ["fog horns"]),
        (#"["a \"quoted\" word", "tab\tand\nline"]"#, [#"a "quoted" word"#, "tab and line"]),
        (
            "Here are some:\n1. fog horns\n2) oil lamps\n- wicks\n* \"lenses\"",
            ["fog horns", "oil lamps", "wicks", "lenses"]
        ),
        ("- 3 masons a day\n12 short flashes", ["3 masons a day", "12 short flashes"]),
        ("", []), ("[]", []), ("…\n---\n!", []), (#"["","  ","?"]"#, []),
        (#"["one","two","three","four","five"]"#, ["one", "two", "three", "four"]),
        (#"["this one goes on and on and says a lot more than any query would","fog"]"#, ["fog"]),
    ])
    func `are read leniently`(text: String, queries: [String]) {
        #expect(read(text) == queries)
    }

    @Test func `that come as an array come out as they went in`() throws {
        var generator = SeededGenerator(seed: 8)
        for _ in 0..<300 {
            let words = (0..<generator.below(5)).map { number in
                "q\(number) "
                    + generator.text(
                        upTo: 20,
                        from: [0x21...0x21, 0x23...0x2B, 0x30...0x7E, 0xE0...0x17F, 0x1F300...0x1F5FF]
                    )
            }.filter { $0.count <= 40 && !$0.hasSuffix(" ") }
            let array = String(decoding: try JSONEncoder().encode(words), as: UTF8.self)
            #expect(read(array) == Array(words.prefix(4)))
        }
    }

    @Test func `are few, short and of one line, whatever the model says`() {
        var generator = SeededGenerator(seed: 9)
        let pieces = [
            "[", "]", "\"", "\\", "\\u12", "\n", "\r", ",", ":", "{", "}", "```", "1.", "-", "fog", "\u{0}", "\u{2028}",
            "é", "漢", "👩‍👩‍👧",
        ]
        for _ in 0..<2_000 {
            let text = (0..<generator.below(60)).map { _ in generator.pick(pieces) }.joined()
            let queries = read(text)
            #expect(queries.count <= 4)
            for query in queries {
                #expect(
                    query.count <= 40 && !query.contains(where: \.isNewline)
                        && query.contains { $0.isLetter || $0.isNumber }
                )
                #expect(query.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
            }
        }
        for _ in 0..<200 { _ = read(String(decoding: generator.bytes(300), as: UTF8.self)) }
        #expect(read("[" + String(repeating: "\"a", count: 100_000)).count <= 4)
    }
}
