import Embeddings
import Foundation
import Glibc
import TestSupport
import Testing

/// What the reference says; `Fixtures/generate.py` wrote it.
enum Fixture {
    struct Tokens: Decodable {
        struct Entry: Decodable {
            var text: String
            var ids: [Int32]
        }
        var texts: [Entry]
    }

    struct Vectors: Decodable {
        struct Entry: Decodable {
            var text: String
            var vector: Data

            var floats: [Float] {
                vector.withUnsafeBytes { bytes in
                    stride(from: 0, to: bytes.count, by: 4).map {
                        Float(
                            bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self))
                        )
                    }
                }
            }
        }
        var texts: [Entry]
    }

    struct Scalars: Decodable {
        var blocks: [String]
    }

    static func load<Content: Decodable>(_ name: String, as type: Content.Type) throws -> Content {
        let url = try #require(Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Fixtures"))
        return try JSONDecoder().decode(type, from: Data(contentsOf: url))
    }
}

extension InstalledModel {
    static let shared: Result<LocalEmbedder, any Error> = Result {
        try LocalEmbedder(files: ModelFiles(folder: folder ?? ""))
    }

    static func tokenizer() throws -> WordPieceTokenizer {
        WordPieceTokenizer(vocabulary: try Vocabulary(contentsOf: "\(folder ?? "")/vocab.txt"))
    }
}

extension SeededGenerator {
    /// A text of up to `limit` scalars that a tokenizer may find hard: mostly from scripts, marks, controls and emoji.
    mutating func text(upTo limit: Int) -> String {
        let ranges: [ClosedRange<UInt32>] = [
            0x20...0x7E, 0x61...0x7A, 0x00...0x20, 0xA0...0x24F, 0x300...0x36F, 0x370...0x52F, 0x590...0xDFF,
            0x1100...0x11FF, 0x2000...0x206F, 0x3000...0x30FF, 0x4E00...0x4EFF, 0xAC00...0xAD00, 0xF900...0xFFFF,
            0x1D100...0x1D1FF, 0x1F300...0x1F6FF, 0x2F800...0x2F8FF, 0x0...0x10FFFF,
        ]
        return text(upTo: limit, from: ranges)
    }
}
