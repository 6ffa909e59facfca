/// SplitMix64, so that a failing case can be repeated.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func bytes(_ limit: Int) -> [UInt8] {
        (0..<Int.random(in: 0...limit, using: &self)).map { _ in UInt8.random(in: 0...255, using: &self) }
    }

    /// Scalars of many scripts, with the signs that the segmenter treats specially among them.
    mutating func unicode(_ limit: Int) -> String {
        let ranges: [ClosedRange<UInt32>] = [
            0x20...0x7E, 0x20...0x7E, 0x27...0x2F, 0xA0...0x24F, 0x300...0x36F, 0x370...0x6FF, 0x900...0x97F,
            0xE00...0xEFF, 0x1000...0x10FF, 0x1780...0x17FF, 0x2000...0x206F, 0x3040...0x30FF, 0x4E00...0x4FFF,
            0xAC00...0xACFF, 0xFB00...0xFB06, 0xFF01...0xFF9F, 0x1D400...0x1D7FF, 0x1F600...0x1F64F, 0...0x10FFFF,
        ]
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...limit, using: &self) {
            let range = ranges[Int.random(in: 0..<ranges.count, using: &self)]
            if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &self)) { text.append(scalar) }
        }
        return String(text)
    }
}
