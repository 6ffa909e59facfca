import Documents
import TestSupport
import Testing

/// The largest documents that are taken, of the worst kinds: each is read, or refused by a limit, in linear time.
///
/// A debug build reads 32 KB of each, a release build up to the limit of 50 MB. A case that took
/// quadratic time, or hundreds of times its size in memory, would keep the suite from ending, which is the test.
@Suite struct HostileSizeTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let file: String
        var start = ""
        let unit: String
        var end = ""

        var testDescription: String { "\(file): \(start.prefix(20)) \(unit.prefix(20))… \(end)".debugDescription }

        func bytes(_ size: Int) -> [UInt8] {
            let unit = Array(unit.utf8)
            var bytes = Array(start.utf8)
            bytes.reserveCapacity(size + unit.count)
            while bytes.count + end.utf8.count < size { bytes += unit }
            return bytes + Array(end.utf8)
        }
    }

    #if DEBUG
        private static let sizes = [1 << 15]
    #else
        private static let sizes = [1 << 20, 10 << 20, 50 << 20]
    #endif

    static let cases: [Case] =
        [
            "> ", "> - a\n", "[", "![", "[a](", "]", "*a_ ", "a**b", "`a", "`` ` ", "&", "\\", "<!-- a", "</pre>",
            "a\n",
            "# a\n", "[a]: b\n", "```\n",
        ].map { Case(file: "a.md", unit: $0) }
        + [
            "<p>", "<div>", "<b><i>", "<table><tr><td>", "</p>", "<!--", "<a x=\"", "<select><option>", "<script>", "&",
        ].map { Case(file: "a.html", unit: $0) }
        + [
            Case(file: "a.html", start: "<table>", unit: "<tr><td>x</td></tr>", end: "</table>"),
            Case(file: "a.html", start: "<table>", unit: "<tr><td colspan=99999 rowspan=99999>x"),
            Case(file: "a.html", start: "<p ", unit: "a=1 ", end: ">x"),
            Case(file: "a.json", unit: "["),
            Case(file: "a.json", unit: "{\"a\":"),
            Case(file: "a.json", start: "[1", unit: ",1", end: "]"),
            Case(file: "a.json", start: "[{}", unit: ",{\"a\":1}", end: "]"),
            Case(file: "a.json", start: "[", unit: "1", end: "]"),
            Case(file: "a.json", start: "[0.", unit: "1", end: "]"),
            Case(file: "a.json", start: "[\"", unit: "\\\"", end: "\"]"),
            Case(file: "a.json", start: "{\"k", unit: "k", end: "\":[1,2]}"),
            Case(file: "a.csv", start: "a,b\n1,\"", unit: "x y\n", end: "\"\n"),
            Case(file: "a.csv", start: "a,b\n1,\"", unit: "x,y\n"),
            Case(file: "a.csv", unit: "1,2\n"),
            Case(file: "a.csv", unit: ","),
            Case(file: "a.md", start: "# " + String(repeating: "w ", count: 500), unit: "\n## a\nb\n"),
            Case(file: "a.html", start: "<h1>" + String(repeating: "w ", count: 500), unit: "<h2>a</h2>b"),
            Case(file: "a.md", start: "---\na:\n", unit: "- b\n", end: "---\n"),
            Case(file: "a.1", start: ".TH " + String(repeating: "w", count: 64) + "\n", unit: ".Nm\n"),
        ]
        + ["struct a\n", "int\n", "// a\n", "a(b)\n"].map { Case(file: "a.c", unit: $0) }
        + ["a.swift", "a.py", "a.txt", "a.1"].flatMap { file in
            ["a", "a ", "a\n", "{", "\"", "(", ". "].map { Case(file: file, unit: $0) }
        }

    @Test(arguments: cases) func `the largest documents are read in linear time, or refused`(hostile: Case) {
        for size in Self.sizes {
            do throws(DocumentError) {
                let document = try DocumentParser().parse(hostile.bytes(size), name: hostile.file)
                let chunks = try Chunker(counter: countWords).chunks(of: document)
                #expect(chunks.allSatisfy { $0.tokens <= 256 })
            } catch {
                // Malformed, or over a limit that its sentence names.
                #expect("\(error)".hasSuffix("."))
            }
        }
    }

    @Test(arguments: [("a\n", 101), ("\n\na\n", 101), ("- > 1. a\n", 404), ("+ +\n", 303)])
    func `Markdown of too many lines and markers is refused`(unit: String, blocks: Int) throws {
        var limits = DocumentLimits()
        limits.blocks = blocks - 1
        let text = String(repeating: unit, count: 101)
        #expect(throws: DocumentError.tooLarge(.blocks, value: blocks, limit: blocks - 1)) {
            try parse(text, name: "a.md", limits: limits)
        }
        limits.blocks = blocks
        _ = try parse(text, name: "a.md", limits: limits)
    }
}
