import Embeddings
import FoundationEssentials
import TestSupport
import Testing

@Suite(InstalledModel.isThere) struct WordPieceTokenizerTests {
    let tokenizer: WordPieceTokenizer

    init() throws {
        tokenizer = try InstalledModel.tokenizer()
    }

    @Test func `the ids are the reference's, special tokens in the text being ordinary text`() throws {
        let fixture = try Fixture.load("tokens", as: Fixture.Tokens.self)
        #expect(fixture.texts.count > 230)
        for entry in fixture.texts {
            #expect(tokenizer.encode(entry.text) == entry.ids, "\(entry.text.debugDescription)")
        }
    }

    @Test func `every scalar value is treated as the reference treats it`() throws {
        let fixture = try Fixture.load("scalars", as: Fixture.Scalars.self)
        for (block, expected) in fixture.blocks.enumerated() {
            let start = UInt32(block) << 12
            var hash = FNV()
            for scalar in (start..<start + 0x1000).compactMap(Unicode.Scalar.init) {
                for id in tokenizer.encode("a\(scalar)b") { hash.add(UInt64(id)) }
                hash.add(0xFFFFFF)
            }
            let actual = String(hash.value, radix: 16)
            #expect(String(repeating: "0", count: 16 - actual.count) + actual == expected, "block \(block)")
        }
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func `counting, collecting and locating agree on any text, and ranges ascend on scalar boundaries`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<150 {
            let text = generator.text(upTo: 60)
            let ids = tokenizer.encode(text)
            let pieces = tokenizer.pieces(of: text)
            #expect(pieces.map(\.id) == ids)
            #expect(tokenizer.count(text) == ids.count)
            #expect(tokenizer.fits(text, within: ids.count))
            #expect(ids.isEmpty || !tokenizer.fits(text, within: ids.count - 1))
            #expect(isAscending(pieces, in: text), "\(text.debugDescription)")
        }
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func `the text before piece n has n pieces, or fewer when a character is shared`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<40 {
            let text = generator.text(upTo: 60)
            let pieces = tokenizer.pieces(of: text)
            #expect(tokenizer.offset(ofPiece: pieces.count, in: text) == nil)
            for (index, piece) in pieces.enumerated() {
                #expect(tokenizer.offset(ofPiece: index, in: text) == piece.range.lowerBound)
                let isShared = index > 0 && pieces[index - 1].range.upperBound > piece.range.lowerBound
                let before = String(decoding: Array(text.utf8.prefix(piece.range.lowerBound)), as: UTF8.self)
                #expect(isShared ? tokenizer.count(before) <= index : tokenizer.count(before) == index)
            }
        }
    }

    @Test func `a piece stands for its bytes, without accents and spaces around it`() {
        let text = "  Caf\u{E9}s,\u{4E2D}we\u{301}lcome!\u{301}? "
        let spelled = tokenizer.pieces(of: text).map { piece in
            String(decoding: Array(text.utf8)[piece.range], as: UTF8.self)
        }
        #expect(spelled == ["Caf\u{E9}s", ",", "\u{4E2D}", "we\u{301}lcome", "!", "?"])
    }

    @Test(arguments: ["a", "é", "中", "!", "🙂", "\u{0}", "\u{302E}", "a\u{301}"])
    func `a megabyte of one character is tokenized in linear time`(character: String) {
        let text = String(repeating: character, count: (1 << 20) / character.utf8.count)
        let expected: Int? =
            switch character {
            case "中", "!": text.unicodeScalars.count
            case "\u{0}": 0
            default: 1
            }
        #expect(tokenizer.count(text) == expected)
    }

    @Test func `a vocabulary without a special token is refused`() {
        #expect(throws: Vocabulary.Failure.missingToken("[SEP]")) {
            try Vocabulary(lines: Array("[UNK]\n[CLS]\na".utf8))
        }
        #expect(throws: Vocabulary.Failure.missingToken("[UNK]")) { try Vocabulary(lines: []) }
    }

    @Test func `lines may end in carriage returns, and the longest piece wins`() throws {
        let lines = "[UNK]\r\n[CLS]\r\n[SEP]\r\nab\r\nabc\r\n##d\r\n##de\r\na\r\n"
        let tokenizer = WordPieceTokenizer(vocabulary: try Vocabulary(lines: Array(lines.utf8)))
        #expect(tokenizer.encode("ABCDE ad abx") == [4, 6, 7, 5, 0])
    }

    /// Ranges lie inside the text, begin and end on scalars, and neither begins nor ends before the one in front.
    private func isAscending(_ pieces: [WordPiece], in text: String) -> Bool {
        let bytes = Array(text.utf8)
        func isBoundary(_ offset: Int) -> Bool { offset == bytes.count || bytes[offset] & 0xC0 != 0x80 }
        var previous = 0..<0
        for range in pieces.map(\.range) {
            guard range.lowerBound >= previous.lowerBound, range.upperBound >= previous.upperBound, !range.isEmpty,
                range.upperBound <= bytes.count, isBoundary(range.lowerBound), isBoundary(range.upperBound)
            else { return false }
            previous = range
        }
        return true
    }
}

/// The 64-bit Fowler–Noll–Vo hash, over numbers instead of bytes.
private struct FNV {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ number: UInt64) {
        value = (value ^ number) &* 0x100_0000_01B3
    }
}
