/// SplitMix64: the same numbers in every run.
struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

/// Words for texts of which no two are alike.
enum Words {
    private static let consonants = Array("bcdfghjklmnpqrtv")

    /// A word that stands for a number: one token, without anything that a stemmer would take away.
    static func marker(_ kind: Character, _ number: Int) -> String {
        let digits = (0..<6).reversed().map { consonants[(number >> ($0 * 4)) & 15] }
        return "x\(kind)" + String(digits) + "x"
    }

    private static let common = """
        heron otter marsh willow harbour lantern copper granite meadow signal turbine ledger valley anchor beacon cinder
        drizzle ember furrow gully hollow island juniper kettle lagoon mortar nettle orchard pebble quarry ribbon saddle
        thicket umbra velvet walnut yarrow zephyr
        """.split(whereSeparator: \.isWhitespace)

    static func sentence(_ count: Int, using random: inout some RandomNumberGenerator) -> String {
        (0..<count).map { _ in
            let word = common[Int.random(in: 0..<common.count, using: &random)]
            return Bool.random(using: &random) ? String(word) : "\(word)\(consonants[Int.random(in: 0..<16, using: &random)])"
        }
        .joined(separator: " ")
    }
}
