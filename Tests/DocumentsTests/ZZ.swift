import Documents
import Glibc
import Testing
@Suite struct ZZ {
    @Test func timing() throws {
        let units = ["(", "[", "![", "[a](", "#", ">", "> ", "- ", "* ", "*_", "**a ", "`", "`a", "<", "<!--", "<?", "<a ", "<a x=\"", "</p>",
        "<b>", "<p>", "<li>", "<table><tr><td>", "&amp;", "&", "\\", "\"", "'", "{", "}", "{\"a\":", "[[", "a,", "\n", "-\n",
        "- a\n", ".", "!?", "。", ". ", "a.\n", "\\fB", ".SH x\n", "/*", "//", "=\n", "a\n===\n", "1.", "A ", "|", "| a |\n",
        "func f() {", "class A {\n", "~~~\n", "\t", " ", "<![CDATA[", "<script>", "@x\n", "// c\n", "[a]: b\n", "e.g. ", "\u{200B}"]
        let names = ["a.md", "a.html", "a.txt", "a.json", "a.jsonl", "a.csv", "a.1", "a.swift", "a.py", "a.c", "a.sql", "a.js", "a.sh"]
        for u in units { for n in names {
            var ts: [Double] = []
            var cs: [Double] = []
            for size in [2 << 10, 8 << 10] {
                let bytes = Array(String(repeating: u, count: size / u.utf8.count).utf8)
                let c = ContinuousClock()
                var d: ParsedDocument?
                ts.append(c.measure { d = try? DocumentParser().parse(bytes, name: n) } / .seconds(1))
                if let d { cs.append(c.measure { _ = try? Chunker(counter: countWords).chunks(of: d) } / .seconds(1)) } else { cs.append(0) }
            }
            if ts[1] > 0.06 || cs[1] > 0.06 { fputs("SLOW \(u.debugDescription) \(n) \(ts) \(cs)\n", stderr) }
        } }
    }
}
