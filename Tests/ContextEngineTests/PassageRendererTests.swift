import ContextCore
import TestSupport
import Testing

@testable import ContextEngine

@Suite struct PassageRendererTests {
    private let renderer = PassageRenderer()

    private func passage(_ kind: PassageKind, _ fields: [String: String], _ metadata: JSONValue = .emptyObject)
        -> Passage
    {
        Passage(id: "p", key: 1, collection: "c", kind: kind, scope: .local, fields: fields, metadata: metadata)
    }

    @Test(
        arguments: [
            (
                .errorSolution, ["error": "E", "context": "C", "solution": "S", "source": "O", "confidence": "0.9"],
                "**Error:** E\n**Context:** C\n**Solution:** S\n**Source:** O\n**Confidence:** 0.9",
                "- **Error:** E **Solution:** S"
            ),
            (.errorSolution, ["solution": "S"], "**Solution:** S", "- **Solution:** S"),
            (
                .practice, ["practice": "P", "category": "C", "description": "D", "implementation": "I"],
                "**Practice:** P\n**Category:** C\n**Description:** D\n**Implementation:** I",
                "- **Practice:** P **Implementation:** I"
            ),
            (
                .code, ["file": "a.swift", "language": "swift", "content": "let a = 1"],
                "**File:** a.swift\n**Content:**\n```swift\nlet a = 1\n```",
                "- **File:** a.swift **Content:** let a = 1"
            ),
            (
                .code, ["file": "a.md", "content": "Words."], "**File:** a.md\n**Content:** Words.",
                "- **File:** a.md **Content:** Words."
            ),
            (
                .text, ["title": "T", "source": "S", "text": "X"], "**Source:** T (S)\n**Content:** X",
                "- **Source:** T **Content:** X"
            ),
            (.text, ["source": "S", "text": "X"], "**Source:** S\n**Content:** X", "- **Content:** X"),
            (.text, ["text": "X"], "**Content:** X", "- **Content:** X"),
        ] as [(PassageKind, [String: String], String, String)]
    )
    func `each kind is shown with the fields it has`(
        kind: PassageKind,
        fields: [String: String],
        full: String,
        brief: String
    ) {
        let passage = passage(kind, fields)
        #expect(renderer.render(passage, as: .full) == full)
        #expect(renderer.render(passage, as: .complete) == full)
        #expect(renderer.render(passage, as: .brief) == brief)
    }

    @Test func `complete adds all metadata, sorted`() {
        let passage = passage(.text, ["text": "X"], ["b": ["x": [1, true]], "a": "text"])
        #expect(renderer.render(passage, as: .complete) == "**Content:** X\n**Metadata:** a: text; b: {\"x\":[1,true]}")
    }

    @Test(arguments: ["```", "a ````` b", "`", "``` swift\n```", "```\u{301}", "no fence"])
    func `a fence is longer than any in the text`(content: String) throws {
        let text = renderer.render(passage(.code, ["content": content, "language": "text-x"]), as: .full)
        let fence = try #require(text.split(separator: "\n").last)
        #expect(fence.count >= 3 && fence.utf8.allSatisfy { $0 == 0x60 })
        #expect(!content.utf8.split { $0 != 0x60 }.contains { $0.count >= fence.count })
    }

    @Test func `a brief is one line within its limits, and shows where it was cut`() {
        let limits = PassageRenderer.Limits()
        var generator = SeededGenerator(seed: 1)
        for kind in PassageKind.allCases {
            for _ in 0..<60 {
                let pieces = ["word ", "Sentence. ", "line\nbreak ", "1.5 ", "é🏳️‍🌈", "文。", "\r\n", "\t", "x"]
                let fields = Dictionary(
                    uniqueKeysWithValues: kind.fields.map { field in
                        (field, (0..<generator.below(400)).map { _ in generator.pick(pieces) }.joined())
                    }
                )
                let passage = passage(kind, fields)
                let brief = renderer.render(passage, as: .brief)
                #expect(!brief.contains { $0.isNewline })
                #expect(brief.count <= limits.briefHeading + limits.briefBody + 2 * Excerpt.mark.count + 60)
                #expect(brief == renderer.render(passage, as: .brief))
                for form in [PassageForm.full, .complete] {
                    #expect(renderer.render(passage, as: form) == renderer.render(passage, as: form))
                }
            }
        }
    }

    @Test(
        arguments: [
            ("short", 10, "short"), ("  spread \n out ", 10, "spread out"), ("", 5, ""),
            ("abcdefghij", 10, "abcdefghij"),
            ("First one. Then two more words", 22, "First one. Then two […]"),
            ("First is longer. Then", 18, "First is longer. […]"),
            ("abcdefghijklmnop", 10, "abcdefghij […]"), ("Version 1.5 of it", 10, "Version […]"),
        ]
    )
    func `an excerpt ends after a sentence, else after a word`(text: String, limit: Int, expected: String) {
        #expect(Excerpt.leading(text, characters: limit) == expected)
    }

    @Test func `an excerpt cuts composed characters where it cuts single ones`() {
        var generator = SeededGenerator(seed: 2)
        let pieces = [
            "xyz ", "x", "end. ", "1.5", "?", " \n\t", "\r\n", "!", "longerword", "dé‐jà", "文。", "\u{A0}", "！ ",
            "\u{85}",
        ]
        for _ in 0..<500 {
            let text = (0..<generator.below(40)).map { _ in generator.pick(pieces) }.joined()
            let limit = generator.below(60)
            let excerpt = Excerpt.leading(text, characters: limit)
            let other = Excerpt.leading(text.replacing("x", with: "e\u{301}"), characters: limit)
            #expect(other == excerpt.replacing("x", with: "e\u{301}"), "\(text.debugDescription) to \(limit)")
        }
    }
}
