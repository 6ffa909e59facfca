/// As much of ASN.1's distinguished encoding (X.690) as keys and signatures need.
enum DER {
    static func sequence(_ parts: [UInt8]...) -> [UInt8] { element(0x30, parts.flatMap(\.self)) }

    static func bitString(_ bytes: [UInt8]) -> [UInt8] { element(0x03, [0] + bytes) }

    /// A number that is not negative, its most significant byte first.
    static func integer(_ magnitude: some Sequence<UInt8>) -> [UInt8] {
        let digits = Array(magnitude.drop { $0 == 0 })
        let isPlain = digits.first.map { $0 < 0x80 } ?? false
        return element(0x02, isPlain ? digits : [0] + digits)
    }

    private static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        guard content.count >= 0x80 else { return [tag, UInt8(content.count)] + content }
        var length: [UInt8] = []
        var rest = content.count
        while rest > 0 {
            length.insert(UInt8(rest & 0xFF), at: 0)
            rest >>= 8
        }
        return [tag, 0x80 | UInt8(length.count)] + length + content
    }

    /// The two numbers of an ECDSA signature, each in `width` bytes; `nil` for anything else.
    ///
    /// Only for curves whose signatures are shorter than 128 bytes.
    static func pair(_ der: [UInt8], width: Int) -> [UInt8]? {
        var rest = der[...]
        guard rest.popFirst() == 0x30, let length = rest.popFirst(), Int(length) == rest.count,
            let first = number(&rest, width), let second = number(&rest, width), rest.isEmpty
        else { return nil }
        return first + second
    }

    private static func number(_ rest: inout ArraySlice<UInt8>, _ width: Int) -> [UInt8]? {
        guard rest.popFirst() == 0x02, let length = rest.popFirst(), length > 0, Int(length) <= rest.count else {
            return nil
        }
        let digits = rest.prefix(Int(length)).drop { $0 == 0 }
        rest = rest.dropFirst(Int(length))
        guard digits.count <= width else { return nil }
        return Array(repeating: 0, count: width - digits.count) + digits
    }
}
