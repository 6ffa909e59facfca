import Documents
import Testing

/// The compressed bytes were made with `gzip -9n`.
@Suite struct GunzipTests {
    /// The Markdown text `# Title\n\nSome text.\n`, compressed.
    private static let small: [UInt8] = [
        0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x53, 0x56, 0x08, 0xC9, 0x2C, 0xC9,
        0x49, 0xE5, 0xE2, 0x0A, 0xCE, 0xCF, 0x4D, 0x55, 0x28, 0x49, 0xAD, 0x28, 0xD1, 0xE3, 0x02, 0x00,
        0x20, 0xAE, 0xB1, 0x29, 0x14, 0x00, 0x00, 0x00,
    ]

    /// One block with the fixed Huffman code (RFC 1951, 3.2.6) that repeats a letter 258 times in 13 bits: 159 to one.
    private static func bomb(letters: Int) -> [UInt8] {
        var writer = BitWriter()
        writer.bytes = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
        writer.write(0b011, 3)
        // The literal `a` is 0x30 + 97 in eight bits, most significant first.
        writer.writeReversed(0x30 + 97, 8)
        for _ in 0..<(letters / 258) {
            // Length 258 is code 285 (11000101), distance 1 is code 0 in five bits.
            writer.writeReversed(0b1100_0101, 8)
            writer.writeReversed(0, 5)
        }
        writer.write(0, 7)
        return writer.finish()
    }

    @Test func `a compressed file is read under its inner name`() throws {
        let document = try DocumentParser().parse(Self.small, name: "a.md.gz")
        #expect(document.title == "Title")
        #expect(document.texts == ["Some text."])
    }

    @Test func `members in a row are one file, padding behind them is none`() throws {
        let document = try DocumentParser().parse(Self.small + Self.small + [0, 0, 0], name: "a.md.gz")
        #expect(document.texts == ["Some text.", "Some text."])
    }

    @Test func `a cut or damaged file is refused`() {
        for length in 2..<Self.small.count {
            #expect(throws: DocumentError.self) {
                try DocumentParser().parse(Array(Self.small[..<length]), name: "a.md.gz")
            }
        }
        var damaged = Self.small
        damaged[14] ^= 0x55
        #expect(throws: DocumentError.self) { try DocumentParser().parse(damaged, name: "a.md.gz") }
    }

    @Test func `a bomb is refused by its ratio and by its size`() {
        let bytes = Self.bomb(letters: 4 << 20)
        var limits = DocumentLimits()
        limits.decompressionRatio = 100
        let error = #expect(throws: DocumentError.self) {
            try DocumentParser(limits: limits).parse(bytes, name: "a.gz")
        }
        guard case .tooLarge(.decompressionRatio, 101..., 100) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        limits = DocumentLimits()
        limits.decompressedBytes = 1 << 20
        let size = #expect(throws: DocumentError.self) { try DocumentParser(limits: limits).parse(bytes, name: "a.gz") }
        guard case .tooLarge(.decompressedBytes, _, 1_048_576) = size else {
            Issue.record("\(String(describing: size))")
            return
        }
    }
}

/// Deflate's order of bits: each byte from its least significant.
private struct BitWriter {
    var bytes: [UInt8] = []
    private var pending: UInt32 = 0
    private var count = 0

    mutating func write(_ value: UInt32, _ bits: Int) {
        pending |= value << count
        count += bits
        while count >= 8 {
            bytes.append(UInt8(truncatingIfNeeded: pending))
            pending >>= 8
            count -= 8
        }
    }

    mutating func writeReversed(_ value: UInt32, _ bits: Int) {
        for bit in (0..<bits).reversed() { write(value >> bit & 1, 1) }
    }

    mutating func finish() -> [UInt8] {
        if count > 0 { write(0, 8 - count) }
        return bytes
    }
}
