import FoundationEssentials
import TestSupport
import Testing

@testable import LanguageModels

/// The byte pair encoding against `tiktoken` itself; `Fixtures/make_byte_pairs.py` wrote what that says.
struct `A byte pair encoding` {
    private struct Fixture: Decodable {
        struct Encoding: Decodable {
            struct Case: Decodable {
                let text: String
                let tokens: [Int]
            }

            let name: String
            let cases: [Case]
        }

        let encodings: [Encoding]
    }

    private static func file(_ name: String) throws -> [UInt8] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Fixtures").standardized
        return Array(try Data(contentsOf: folder.appending(path: name)))
    }

    private static func encoding(_ pattern: SplitPattern) throws -> BytePairEncoding {
        try BytePairEncoding(name: "small", file: file("small-\(pattern.rawValue).tiktoken"), pattern: pattern)
    }

    @Test(arguments: SplitPattern.allCases)
    func `makes the tokens that tiktoken makes`(pattern: SplitPattern) throws {
        let fixture = try JSONDecoder().decode(Fixture.self, from: Data(Self.file("byte_pairs.json")))
        let expected = try #require(fixture.encodings.first { $0.name == pattern.rawValue })
        let encoding = try Self.encoding(pattern)
        #expect(expected.cases.count > 300)
        for item in expected.cases {
            let name = Array(item.text.unicodeScalars.map { String($0.value, radix: 16) })
            #expect(encoding.encode(item.text) == item.tokens, "\(name)")
            #expect(encoding.count(item.text) == item.tokens.count, "\(name)")
        }
    }

    @Test(arguments: SplitPattern.allCases)
    func `loses no byte of any text`(pattern: SplitPattern) throws {
        let encoding = try Self.encoding(pattern)
        let file = try Self.file("small-\(pattern.rawValue).tiktoken")
        let tokens = String(decoding: file, as: UTF8.self).split(separator: "\n").map { line in
            Data(base64Encoded: String(line.split(separator: " ")[0])) ?? Data()
        }
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<300 {
            let text = generator.text(
                upTo: 60,
                from: [0...0x7F, 0x80...0x3FF, 0x900...0x9FF, 0x4E00...0x4EFF, 0x1F300...0x1F64F]
            )
            let bytes = encoding.encode(text).flatMap { Array(tokens[$0]) }
            #expect(bytes == Array(text.utf8))
        }
    }

    @Test(
        .serialized,
        .timeLimit(.minutes(1)),
        arguments: ["a", "A", " ", "\n", "7", "ab", "\u{301}", "漢", "'", "\u{301}A"]
    )
    func `is not held up by a word of ten thousand bytes`(piece: String) throws {
        let text = String(repeating: piece, count: 10_000 / piece.utf8.count)
        for pattern in SplitPattern.allCases {
            let count = try Self.encoding(pattern).count(text)
            #expect(count > 0 && count <= text.utf8.count)
        }
    }

    @Test(arguments: [
        ("!!! 1", "line 1"), ("YQ==", "line 1"), ("YQ== -1", "line 1"), ("YQ== 1 2", "line 1"),
        ("YQ== 99999999999", "line 1"), ("YQ== 1\nYQ== 2", "line 2"), ("YQ== 1\nYg== 1", "line 2"),
        ("YQ== 1", "the byte 0"), ("", "the byte 0"),
    ])
    func `names the line that is wrong`(file: String, words: String) {
        let error = #expect(throws: BytePairError.self) {
            try BytePairEncoding(name: "x", file: Array(file.utf8), pattern: .o200k)
        }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }

    @Test func `reads any bytes or says why not`() throws {
        let whole = try Self.file("small-o200k_base.tiktoken")
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<100 {
            var bytes = whole
            for _ in 0..<generator.below(4) {
                bytes[generator.below(bytes.count)] = UInt8.random(in: 0...255, using: &generator)
            }
            if Bool.random(using: &generator) { bytes.removeLast(generator.below(bytes.count)) }
            do {
                let encoding = try BytePairEncoding(name: "x", file: bytes, pattern: .o200k)
                #expect(encoding.count("some text") > 0)
            } catch {
                #expect(!error.description.isEmpty)
            }
        }
    }
}
