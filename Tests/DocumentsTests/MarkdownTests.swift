import Documents
import Testing

@Suite struct MarkdownTests {
    @Test func `headings nest, and blocks stay as they were written`() throws {
        let document = try parse(
            """
            # Roost
            A [server](https://example.org) with *context*.

            ## Install #
            1. fetch
            2. run

            ```swift
            let x = [1]
            ```

            Setext
            ------
            > quoted
            """,
            name: "a.md"
        )
        #expect(document.title == "Roost")
        #expect(document.paths == ["Roost", "Roost/Install", "Roost/Install", "Roost/Setext"])
        #expect(document.texts[0] == "A [server](https://example.org) with *context*.")
        #expect(document.texts[1] == "1. fetch\n2. run")
        #expect(document.texts[2] == "```swift\nlet x = [1]\n```")
        #expect(document.sections[2].kind == .code(language: "swift"))
        #expect(document.texts[3] == "> quoted")
        #expect(document.sections.map(\.location) == [.line(2), .line(5), .line(8), .line(14)])
    }

    @Test func `front matter becomes metadata`() throws {
        let document = try parse("---\ntitle: \"A: B\"\nlang: de\ntags:\n  - x\n  - y\n---\n\ntext\n", name: "a.md")
        #expect(document.title == "A: B")
        #expect(document.language == "de")
        #expect(document.metadata["tags"] == "x, y")
        #expect(document.sections.map(\.location) == [.line(9)])
    }

    @Test func `a rule at the start is no front matter`() throws {
        #expect(try parse("---\nno key here\n---\ntext", name: "a.md").metadata.isEmpty)
    }

    @Test func `metadata over the limit is named in a warning`() throws {
        var limits = DocumentLimits()
        limits.metadataEntries = 1
        let document = try parse("---\na: 1\nb: 2\n---\ntext", name: "a.md", limits: limits)
        #expect(document.metadata == ["a": "1"])
        #expect(document.warnings.count == 1)
    }

    @Test func `a heading that is too long for one is text, and said to be`() throws {
        let long = String(repeating: "w", count: 1_025)
        let document = try parse("# A\n\n## \(long)\n\ntext\n\n## B\n\nmore", name: "a.md")
        #expect(document.texts == [long, "text", "more"])
        #expect(document.paths == ["A", "A", "A/B"])
        #expect(document.warnings == ["Headings of up to 1025 bytes (max: 1024) were read as text."])
        let short = try parse("# \(long.dropLast())\n\ntext", name: "a.md")
        #expect(short.title == String(long.dropLast()) && short.warnings.isEmpty)
    }

    @Test(arguments: ["---\ntitle: %\n---\ntext", "<title>%</title><p>text", ".TH % 1\n.SH NAME\ntext"])
    func `a title that is too long keeps its beginning, and a warning says so`(text: String) throws {
        let title = String(repeating: "ä", count: 1_000)
        let name = text.hasPrefix("<") ? "a.html" : text.hasPrefix(".") ? "a.1" : "a.md"
        let document = try parse(text.replacing("%", with: title), name: name)
        #expect(document.title == String(title.prefix(512)))
        #expect(document.warnings.contains { $0.contains("The title has 200") && $0.contains("max: 1024") })
        #expect(document.sections.allSatisfy { $0.headingPath.allSatisfy { $0.utf8.count <= 1_024 } })
    }

    @Test func `tables are told from paragraphs`() throws {
        let document = try parse("| a | b |\n|---|:-:|\n| 1 | 2 |\n\na | b\n\nc", name: "a.md")
        #expect(document.sections.map(\.kind) == [.table, .prose, .prose])
    }

    @Test(arguments: [
        "[a]: /url\n", "text\n\n[a]: /url 'title'\n", "[a]: /u\n\n- x\n\n[b]: <v>",
        "<!-- c -->\n\n`a`\n\n***\n\n* x\n* y",
        "```\nopen fence\n# no heading", "    code\n\n\ttabbed", "a\n***\nb\n___\nc\n- - -\nd",
        "<script>x</script>\ntext\n\nmore",
        "![img](a \"b\") <http://x.y> \\# &amp; **b**", "# \n\n#\n", "1) a\n   - b\n\n     c\n",
        "~~~ruby\nx\n~~~\ntail",
    ])
    func `no visible character of a text without headings is lost`(text: String) throws {
        let document = try parse(text, name: "a.md")
        let kept = visible(document.sections.map { $0.headingPath.joined() + $0.text }.joined())
        let rules: Set<UInt8> = Set("*_-# ".utf8)
        #expect(kept.filter { !rules.contains($0) } == visible(text).filter { !rules.contains($0) })
    }

    @Test func `an HTML block ends where it ends`() throws {
        let document = try parse("<script>a</script>\n\n# Title\n\ntext", name: "a.md")
        #expect(document.paths == ["", "Title"])
    }

    @Test func `a code span is no fence`() throws {
        #expect(try parse("```a``` b\n\nc", name: "a.md").sections.map(\.kind) == [.prose, .prose])
    }

    @Test func `headings without text below them are kept`() throws {
        let document = try parse("# A\n## Q1\n## Q2\ntext\n# B", name: "a.md")
        #expect(document.texts == ["Q1", "text", "B"])
        #expect(document.paths == ["A", "A/Q2", ""])
    }

    @Test func `nesting over the limit is read as text and said so`() throws {
        var limits = DocumentLimits()
        limits.nesting = 8
        let text = String(repeating: ">", count: 20) + " deep"
        let document = try parse(text, name: "a.md", limits: limits)
        #expect(document.texts == [text])
        #expect(document.warnings.count == 1)
    }
}
