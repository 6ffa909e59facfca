import Documents
import Synchronization
import TestSupport
import Testing

@Suite struct ChunkerTests {
    private func chunker(_ maximum: Int, minimum: Int = 0) -> Chunker {
        Chunker(maximumTokens: maximum, minimumTokens: minimum, counter: countWords)
    }

    private func words(_ count: Int, _ word: String = "w") -> String {
        Array(repeating: word, count: count).joined(separator: " ")
    }

    @Test func `sections under one heading share a chunk, others do not`() throws {
        let document = try parse("# A\none\n\ntwo\n\n## B\nthree\n", name: "a.md")
        let chunks = try chunker(20).chunks(of: document)
        #expect(chunks.map(\.text) == ["one\n\ntwo", "three"])
        #expect(chunks.map(\.context) == ["A", "A › B"])
        #expect(chunks.map(\.contextualText) == ["A\n\none\n\ntwo", "A › B\n\nthree"])
        #expect(chunks.map(\.ordinal) == [0, 1])
        #expect(chunks.map(\.location) == [.line(2), .line(7)])
    }

    @Test func `what is too long is cut at the widest seam, in about equal parts`() throws {
        let sentence = words(6, "Word") + "."
        func cut(_ text: String) throws -> [String] {
            try chunker(20).chunks(of: ParsedDocument(sections: [Section(text: text)])).map(\.text)
        }
        let two = "\(sentence) \(sentence)"
        #expect(try cut("\(two)\n\n\(two)") == [two, two])
        #expect(try cut("\(two) \(two)") == [two, two])
        #expect(try cut(words(25)) == [words(13), words(12)])
    }

    @Test func `a word of any length is cut, though WordPiece counts it as one token`() throws {
        let document = ParsedDocument(sections: [Section(text: String(repeating: "ä", count: 10_000))])
        let chunks = try chunker(32).chunks(of: document)
        #expect(chunks.allSatisfy { $0.text.utf8.count <= 32 * 16 && $0.tokens <= 32 })
        #expect(chunks.map(\.text).joined() == document.texts[0])
    }

    @Test func `small chunks are joined under their common heading, which stays readable`() throws {
        let document = try parse("# A\n## B\none\n## C\ntwo\n# D\nthree", name: "a.md")
        let chunks = try chunker(40, minimum: 10).chunks(of: document)
        #expect(chunks.map(\.text) == ["B\n\none\n\nC\n\ntwo", "three"])
        #expect(chunks.map(\.headingPath) == [["A"], ["D"]])
    }

    @Test func `records are joined up to the minimum and not to the maximum`() throws {
        let text = "a,b\n" + (0..<10).map { "\($0),x\n" }.joined()
        let chunks = try chunker(200, minimum: 12).chunks(of: try parse(text, name: "a.csv"))
        #expect(chunks.map(\.tokens) == [12, 12, 12, 12, 12])
        #expect(chunks.allSatisfy { $0.kind == .record })
    }

    @Test func `a heading path that is too long loses its outer part in front of the text only`() throws {
        let path = [words(30, "outer"), words(5, "inner")]
        let document = ParsedDocument(sections: [Section(headingPath: path, text: words(50))])
        let chunks = try chunker(24).chunks(of: document)
        #expect(chunks.allSatisfy { $0.context == path[1] && $0.headingPath == path && $0.tokens <= 24 })
        let tiny = try chunker(8).chunks(of: document)
        #expect(tiny.allSatisfy { $0.context.isEmpty && $0.tokens <= 8 })
    }

    @Test func `a heading is not counted again for every section below it`() throws {
        let outer = words(10_000, "outer")
        let document = ParsedDocument(
            sections: (0..<100).map { Section(headingPath: [outer, "\($0)"], text: words(20)) }
        )
        let counted = Mutex(0)
        let chunker = Chunker(maximumTokens: 64, minimumTokens: 16) { text in
            counted.withLock { $0 += text.utf8.count }
            return countWords(text)
        }
        #expect(try chunker.chunks(of: document).count == 100)
        #expect(counted.withLock(\.self) < 10 * outer.utf8.count)
    }

    @Test func `a part of a verbatim section knows its own line`() throws {
        let text = (1...30).map { "line\($0) a b c" }.joined(separator: "\n")
        let chunks = try chunker(20).chunks(of: try parse(text, name: "a.yaml"))
        for chunk in chunks {
            let first = try #require(chunk.text.split(separator: "\n").first?.split(separator: " ").first)
            #expect(chunk.location == .line(try #require(Int(first.dropFirst(4)))))
        }
        #expect(chunks.count > 5)
    }

    @Test func `too many chunks are refused`() {
        var chunker = chunker(1)
        chunker.limits.chunks = 3
        let document = ParsedDocument(sections: [Section(text: words(4))])
        #expect(throws: DocumentError.tooLarge(.chunks, value: 4, limit: 3)) { try chunker.chunks(of: document) }
    }

    @Test func `nothing gives nothing`() throws {
        #expect(try chunker(10).chunks(of: ParsedDocument()).isEmpty)
        #expect(try chunker(10).chunks(of: ParsedDocument(sections: [Section(text: " \n ")])).isEmpty)
    }
}

/// Over random documents: what must hold whatever the text, the limits and the counter.
@Suite struct ChunkerPropertyTests {
    /// A counter under which parts count less than the whole, as byte pairs may.
    @Sendable private static func superadditive(_ text: String) -> Int {
        countWords(text) + text.utf8.count / 40
    }

    @Test(arguments: [0, 1, 2, 3, 4, 5])
    func `nothing is lost, nothing is over the limit, and twice gives the same`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<40 {
            let document = Self.document(&random)
            let maximum = Int.random(in: 4...80, using: &random)
            let isExact = Bool.random(using: &random)
            let chunker = Chunker(
                maximumTokens: maximum,
                minimumTokens: isExact ? 0 : maximum / 3,
                counter: Bool.random(using: &random) ? countWords : Self.superadditive
            )
            let chunks = try chunker.chunks(of: document)
            let written = visible(document.texts.joined())
            let kept = visible(chunks.map(\.text).joined())
            #expect(isExact ? kept == written : `is`(written, aSubsequenceOf: kept))
            #expect(chunks.allSatisfy { $0.tokens <= maximum && !$0.text.isEmpty })
            #expect(chunks.map(\.ordinal) == Array(chunks.indices))
            #expect(try chunker.chunks(of: document) == chunks)
        }
    }

    private static func document(_ random: inout SeededGenerator) -> ParsedDocument {
        let kinds: [Section.Kind] = [.prose, .code(language: nil), .table, .record]
        let sections = (0..<Int.random(in: 0...12, using: &random)).map { _ in
            Section(
                headingPath: Array(["One", "Two words", "Three"].prefix(Int.random(in: 0...3, using: &random))),
                text: text(&random),
                kind: kinds.randomElement(using: &random) ?? .prose,
                isVerbatim: true
            )
        }
        return ParsedDocument(sections: sections)
    }

    private static func text(_ random: inout SeededGenerator) -> String {
        let parts = [
            "word", "Other", ". ", "! ", "\n", "\n\n", " ", " ", "  - ", "日本語。", "x=(1);", "é", "supercalifragilistic",
        ]
        let count = Int.random(in: 0...200, using: &random)
        return (0..<count).map { _ in parts.randomElement(using: &random) ?? "" }.joined()
    }
}
