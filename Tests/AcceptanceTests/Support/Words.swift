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
            return Bool.random(using: &random)
                ? String(word) : "\(word)\(consonants[Int.random(in: 0..<16, using: &random)])"
        }
        .joined(separator: " ")
    }
}
