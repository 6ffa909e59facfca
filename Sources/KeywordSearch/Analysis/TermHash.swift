/// A fast 64-bit hash of bytes: words of eight bytes folded by 128-bit multiplication (the construction of wyhash).
///
/// Not for secrets. Tables that strangers fill use a seed drawn at start, so that nobody can prepare collisions; what is
/// stored (checksums, signatures) uses a fixed one.
enum TermHash {
    static let processSeed = UInt64.random(in: .min ... .max)

    @inline(__always)
    static func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }

    static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
        var state = mix(seed ^ 0xA076_1D64_78BD_642F, UInt64(bytes.count) ^ 0xE703_7ED1_A0B4_28DB)
        var offset = 0
        while offset + 8 <= bytes.count {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            state = mix(state ^ word, 0x8EBC_6AF0_9C88_C6E3)
            offset += 8
        }
        var tail: UInt64 = 0
        while offset < bytes.count {
            tail = tail << 8 | UInt64(bytes[offset])
            offset += 1
        }
        return mix(state ^ tail, 0x5899_65CC_7537_4CC3)
    }

    static func hash(_ bytes: UnsafeBufferPointer<UInt8>, seed: UInt64 = processSeed) -> UInt64 {
        hash(UnsafeRawBufferPointer(bytes), seed: seed)
    }
}
