import Documents
import Testing

@Suite struct HTMLTests {
    @Test func `a page becomes title, headings and blocks`() throws {
        let document = try parse(
            """
            <!DOCTYPE html><html lang="en"><head><title> The  page </title><style>p{}</style>
            <meta name="author" content="Ada &amp; Bo"></head><body><nav>menu</nav>
            <h1>Top</h1><p>One &lt;two&gt; <b>three</b>
            four.<p>Next<h2>Sub</h2><ul><li>a<li>b<ol><li>c</ol></ul><script>evil()</script>
            <pre><code class="language-swift">let x = 1
              y</code></pre><table><tr><th>k<th>v<tr><td>a|b<td>1</table><template>no</template></body></html>
            """,
            name: "a.html"
        )
        #expect(document.title == "The page")
        #expect(document.language == "en")
        #expect(document.metadata == ["author": "Ada & Bo"])
        #expect(
            document.texts == [
                "One <two> three four.", "Next", "- a\n- b\n  1. c", "```swift\nlet x = 1\n  y\n```",
                "| k | v |\n| --- | --- |\n| a\\|b | 1 |",
            ]
        )
        #expect(document.paths == ["Top", "Top", "Top/Sub", "Top/Sub", "Top/Sub"])
        #expect(document.sections.map(\.kind) == [.prose, .prose, .prose, .code(language: "swift"), .table])
    }

    @Test func `a table that only lays out is read as blocks`() throws {
        let document = try parse("<table><tr><td><h2>A</h2>text</td><td><p>more</td></tr></table>", name: "a.html")
        #expect(document.texts == ["text", "more"])
        #expect(document.paths == ["A", "A"])
    }

    @Test(
        arguments: [
            (Array("<p>hä</p>".utf8), nil),
            (Array("<meta charset=iso-8859-1><p>h".utf8) + [0xE4], nil),
            (Array("<p>h".utf8) + [0xE4], "text/html; charset=ISO-8859-1"),
            ([0xFF, 0xFE] + Array("<p>hä".utf16).flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }, nil),
        ] as [([UInt8], String?)]
    )
    func `the charset comes from the header, the page or the bytes`(bytes: [UInt8], type: String?) throws {
        #expect(try DocumentParser().parse(bytes, name: "a.html", contentType: type).texts == ["hä"])
    }

    @Test func `entities of its own and files of the machine are not read`() throws {
        let page = "<!DOCTYPE html [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><p>a&x;b</p>"
        let text = try parse(page, name: "a.html").texts.joined()
        #expect(!text.contains("root:"))
        #expect(text.contains("a"))
    }

    @Test func `deep nesting and masses of attributes are refused`() {
        let deep = String(repeating: "<div>", count: 100_000)
        #expect(throws: DocumentError.tooLarge(.nesting, value: 257, limit: 256)) { try parse(deep, name: "a.html") }
        let wide = "<p " + (0..<100_000).map { "a\($0)" }.joined(separator: " ") + ">x"
        #expect(throws: DocumentError.tooLarge(.attributes, value: 1_001, limit: 1_000)) {
            try parse(wide, name: "a.html")
        }
    }

    @Test(arguments: ["", " ", "<", "<!--", "<p", "text only", "</p></p>", "<table>", "<li>x"])
    func `fragments and rubbish are read as far as they go`(page: String) throws {
        let hasText = page.contains("text") || page.contains("x")
        #expect(try parse(page, name: "a.html").sections.isEmpty == !hasText)
    }

    @Test func `words in quotes, scripts and comments are no attributes`() throws {
        let many = String(repeating: "a ", count: 3_000)
        let page =
            "<p title=\"\(many)\">x</p><script>if (a<b \(many)) {}</script><!-- <b \(many) --><path d='\(many)'>y"
        #expect(try parse(page, name: "a.html").texts.joined().contains("x"))
    }
}
