enum Gzip {
    /// 260 kB of gzip (RFC 1952) that mean 256 MB of zeros: one literal, and a million copies of it that are 258 bytes
    /// long and cost two bits each (RFC 1951).
    static let bomb: [UInt8] = {
        var bits = BitWriter()
        bits.append(0b1, 1)
        bits.append(0b10, 2)
        // 257 + 29 literal/length codes, 1 distance code, 4 + 14 code length codes.
        bits.append(29, 5)
        bits.append(0, 5)
        bits.append(14, 4)
        // Code lengths of the alphabet 16, 17, 18, 0, 8, 7, …, 1: one bit for 18, two bits for 1 and 2.
        for symbol in [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1] {
            bits.append(symbol == 18 ? 1 : symbol == 1 || symbol == 2 ? 2 : 0, 3)
        }
        // 18 is 0, 1 is 10, 2 is 11, each written from its first bit on.
        func zeros(_ count: Int) {
            bits.append(0, 1)
            bits.append(count - 11, 7)
        }
        func length(_ value: Int) {
            bits.append(1, 1)
            bits.append(value - 1, 1)
        }
        // Literal 0 and the end of the block have two bits, the copy of 258 bytes (285) one.
        length(2)
        zeros(138)
        zeros(117)
        length(2)
        zeros(28)
        length(1)
        length(1)
        // 285 is 0, the literal 0 is 10, the end 11; the one distance is 0.
        bits.append(0b01, 2)
        for _ in 0..<(256 << 20) / 258 { bits.append(0, 2) }
        bits.append(0b11, 2)
        return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + bits.bytes + [0, 0, 0, 0, 0, 0, 0, 0]
    }()

    /// Least significant bit first, as deflate packs them.
    private struct BitWriter {
        var bytes: [UInt8] = []
        private var used = 8

        mutating func append(_ value: Int, _ count: Int) {
            for bit in 0..<count {
                if used == 8 {
                    bytes.append(0)
                    used = 0
                }
                bytes[bytes.count - 1] |= UInt8((value >> bit) & 1) << used
                used += 1
            }
        }
    }
}
