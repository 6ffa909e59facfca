import Documents
import TestSupport
import Testing

/// Bytes from outside: every format, read and chunked, gives a document or a typed error.
///
/// A case that took quadratic time would keep the suite from ending, which is the test.
@Suite struct HostileInputTests {
    private static let names = [
        "a.md", "a.html", "a.txt", "a.json", "a.jsonl", "a.csv", "a.1", "a.swift", "a.py", "a.c", "a.sql", "a.js",
        "a.sh",
    ]

    private func read(_ bytes: [UInt8], _ name: String) {
        do {
            let document = try DocumentParser().parse(bytes, name: name)
            let chunks = try Chunker(counter: countWords).chunks(of: document)
            #expect(chunks.allSatisfy { $0.tokens <= 256 })
        } catch {
            // A typed error is as good an answer as a document.
        }
    }

    @Test(arguments: names)
    func `random bytes never crash a parser`(name: String) {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<60 {
            let bytes = (0..<Int.random(in: 0...400, using: &random)).map { _ in
                UInt8.random(in: 1...255, using: &random)
            }
            read(bytes, name)
        }
    }

    @Test(arguments: names)
    func `mutated documents never crash a parser`(name: String) {
        var random = SeededGenerator(seed: 2)
        let seed = Array(
            """
            ---\ntitle: x\n---\n# H\n[{"a": [1, {"b": "c\\u00e4"}], "d": null}]\n<html><table><tr><td>x<td>y</table><pre>z</pre>
            a;b;"c\n d"\n.TH A 1\n.SH B\n\\fBx\\fR\n.TP\n\\(bu\nclass A {\n  func f() { "s" /* c */ }\n}\n    def g(): ```\n> - 1. x\n
            """.utf8
        )
        for _ in 0..<150 {
            var bytes = seed
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0...2, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 1...255, using: &random)
                case 1: bytes.remove(at: index)
                default: bytes.insert(contentsOf: bytes[index...].prefix(9), at: index)
                }
            }
            read(bytes, name)
        }
    }

    /// Known quadratic cases of CommonMark and HTML parsers among them.
    @Test(arguments: [
        "(", "[", "![", "[a](", "#", ">", "> ", "- ", "* ", "*_", "**a ", "`", "`a", "<", "<!--", "<?", "<a ",
        "<a x=\"", "</p>",
        "<b>", "<p>", "<li>", "<table><tr><td>", "&amp;", "&", "\\", "\"", "'", "{", "}", "{\"a\":", "[[", "a,", "\n",
        "-\n",
        "- a\n", ".", "!?", "。", ". ", "a.\n", "\\fB", ".SH x\n", "/*", "//", "=\n", "a\n===\n", "1.", "A ", "|",
        "| a |\n",
        "func f() {", "class A {\n", "~~~\n", "\t", " ", "<![CDATA[", "<script>", "@x\n", "// c\n", "[a]: b\n", "e.g. ",
        "\u{200B}",
    ])
    func `masses of one thing are read in linear time`(unit: String) {
        let short = Array(String(repeating: unit, count: (6 << 10) / unit.utf8.count).utf8)
        for name in Self.names { read(short, name) }
        // Libraries of others, whose worst cases show only at length.
        let long = Array(String(repeating: unit, count: (48 << 10) / unit.utf8.count).utf8)
        for name in ["a.md", "a.html"] { _ = try? DocumentParser().parse(long, name: name) }
    }

    @Test(arguments: ["../../etc/passwd", "/etc/passwd", "", "a\0b", String(repeating: "x", count: 100_000), "..", "/"])
    func `a name is only a name`(name: String) throws {
        #expect(try DocumentParser().parse(Array("text".utf8), name: name).texts == ["text"])
    }
}
