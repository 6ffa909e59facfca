/// Ids that Roost gives out.
package enum Identifier {
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    /// `prefix` and 26 characters of Crockford's base 32: 128 random bits, so that an id can't be guessed.
    package static func random(_ prefix: String) -> String {
        var generator = SystemRandomNumberGenerator()
        return random(prefix, using: &generator)
    }

    package static func random(_ prefix: String, using generator: inout some RandomNumberGenerator) -> String {
        var bits = UInt128(generator.next()) << 64 | UInt128(generator.next())
        var digits: [UInt8] = []
        for _ in 0..<26 {
            digits.append(alphabet[Int(bits & 31)])
            bits >>= 5
        }
        return prefix + String(decoding: digits, as: UTF8.self)
    }
}
