/// Reads one JSON text (RFC 8259), strictly, from its beginning to its end: as a ``JSONValue``, or member by member.
///
/// For metadata that is filtered by the hundred thousand, and for streams of small texts: some ten times as fast as a decoder
/// that asks a type what it wants. Of members with the same name the last one stays. It reads any bytes without harm and
/// refuses what is no JSON: bad UTF-8, halves of surrogate pairs, numbers beyond a double, more than ``depthLimit`` levels.
package struct JSONCursor {
    /// Arrays and objects within each other: what the parsers in front of this one allow, and far from a stack's end.
    static let depthLimit = 1_024

    /// What is there is no JSON, or not what was asked for.
    package struct Refusal: Error {
        package init() {}
    }

    private let bytes: UnsafeBufferPointer<UInt8>
    var position = 0
    private var depth = 0

    /// The bytes must outlive the cursor.
    package init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    mutating func read() throws(Refusal) -> JSONValue {
        let value = try value()
        try end()
        return value
    }

    /// - Throws: unless nothing but white space is left.
    package mutating func end() throws(Refusal) {
        skipSpaces()
        guard position == bytes.count else { throw Refusal() }
    }

    package mutating func value() throws(Refusal) -> JSONValue {
        skipSpaces()
        switch peek {
        case UInt8(ascii: "{"): return try nested { (cursor) throws(Refusal) in try cursor.object() }
        case UInt8(ascii: "["): return try nested { (cursor) throws(Refusal) in try cursor.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    mutating func nested<Result>(
        _ body: (inout JSONCursor) throws(Refusal) -> Result
    ) throws(Refusal) -> Result {
        depth += 1
        guard depth <= Self.depthLimit else { throw Refusal() }
        position += 1
        let result = try body(&self)
        depth -= 1
        return result
    }

    private mutating func object() throws(Refusal) -> JSONValue {
        var members: [String: JSONValue] = [:]
        try eachMember { (name, cursor) throws(Refusal) in members[name.text] = try cursor.value() }
        return .object(members)
    }

    private mutating func array() throws(Refusal) -> JSONValue {
        var elements: [JSONValue] = []
        try eachElement { (cursor) throws(Refusal) in elements.append(try cursor.value()) }
        return .array(elements)
    }

    /// From behind the brace to behind its counterpart.
    mutating func eachMember(
        _ body: (_ name: Name, _ cursor: inout JSONCursor) throws(Refusal) -> Void
    ) throws(Refusal) {
        skipSpaces()
        if take(UInt8(ascii: "}")) { return }
        repeat {
            skipSpaces()
            let name = try name()
            skipSpaces()
            guard take(UInt8(ascii: ":")) else { throw Refusal() }
            try body(name, &self)
            skipSpaces()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw Refusal() }
    }

    mutating func eachElement(
        _ body: (_ cursor: inout JSONCursor) throws(Refusal) -> Void
    ) throws(Refusal) {
        skipSpaces()
        if take(UInt8(ascii: "]")) { return }
        repeat {
            try body(&self)
            skipSpaces()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw Refusal() }
    }

    mutating func word(_ word: StaticString, _ value: JSONValue) throws(Refusal) -> JSONValue {
        for offset in 0..<word.utf8CodeUnitCount {
            guard take(word.utf8Start[offset]) else { throw Refusal() }
        }
        return value
    }

    // MARK: Bytes

    /// The next byte; 0, which begins nothing, at the end.
    var peek: UInt8 { position < bytes.count ? bytes[position] : 0 }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    mutating func skipSpaces() {
        while peek == 0x20 || peek == 0x0A || peek == 0x0D || peek == 0x09 { position += 1 }
    }

    // MARK: Strings

    /// Takes the stretch up to the closing quotation mark at once when nothing in it is escaped.
    mutating func string() throws(Refusal) -> String {
        let start = position
        guard let stretch = try plainString() else {
            position = start
            return try escapedString()
        }
        // The library's check of other texts is several times as slow.
        return stretch.isASCII ? String(decoding: stretch.bytes, as: UTF8.self) : try text(stretch.bytes[...])
    }

    /// - Returns: `nil` for a string that has to be unescaped.
    mutating func plainString() throws(Refusal) -> (bytes: UnsafeBufferPointer<UInt8>, isASCII: Bool)? {
        guard take(UInt8(ascii: "\"")) else { throw Refusal() }
        let start = position
        var bits: UInt8 = 0
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                return (UnsafeBufferPointer(rebasing: bytes[start..<position - 1]), bits < 0x80)
            case UInt8(ascii: "\\"): return nil
            case 0..<0x20: throw Refusal()
            default: bits |= byte
            }
        }
        throw Refusal()
    }

    private mutating func escapedString() throws(Refusal) -> String {
        position += 1
        var unescaped: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return try text(unescaped[...])
            case UInt8(ascii: "\\"): unescaped += String(try escape()).utf8
            case 0..<0x20: throw Refusal()
            default: unescaped.append(byte)
            }
        }
        throw Refusal()
    }

    private func text(_ bytes: some Collection<UInt8>) throws(Refusal) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw Refusal() }
        return text
    }

    private mutating func escape() throws(Refusal) -> Unicode.Scalar {
        let byte = peek
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try scalar()
        default: throw Refusal()
        }
    }

    /// `\uXXXX`, or two of them that make a pair.
    private mutating func scalar() throws(Refusal) -> Unicode.Scalar {
        let first = try hexadecimal()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard (0xD800..<0xDC00).contains(first), take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
            throw Refusal()
        }
        let second = try hexadecimal()
        guard (0xDC00..<0xE000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw Refusal() }
        return scalar
    }

    private mutating func hexadecimal() throws(Refusal) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(peek)).hexDigitValue else { throw Refusal() }
            code = code << 4 + UInt32(digit)
            position += 1
        }
        return code
    }

    private mutating func name() throws(Refusal) -> Name {
        let start = position
        if let stretch = try plainString(), stretch.isASCII { return .plain(stretch.bytes) }
        position = start
        return .other(try string())
    }

    // MARK: Numbers

    /// A whole number keeps all its digits up to 64 bits; one beyond them is the nearest double.
    mutating func number() throws(Refusal) -> JSONValue {
        let start = position
        let isNegative = take(UInt8(ascii: "-"))
        let firstDigit = position
        var mantissa: UInt64 = 0
        let whole = digits(into: &mantissa)
        guard whole == 1 || whole > 1 && bytes[firstDigit] != UInt8(ascii: "0") else { throw Refusal() }
        var fraction = 0
        if take(UInt8(ascii: ".")) {
            fraction = digits(into: &mantissa)
            guard fraction > 0 else { throw Refusal() }
        }
        let hasExponent = take(UInt8(ascii: "e")) || take(UInt8(ascii: "E"))
        if hasExponent {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            var exponent: UInt64 = 0
            guard digits(into: &exponent) > 0 else { throw Refusal() }
        }
        // Both are exact in a double, so their quotient is rounded once (Clinger 1990).
        if !hasExponent, whole + fraction <= 15 {
            let value = Double(mantissa) / Self.powersOfTen[fraction]
            return .number(isNegative ? -value : value)
        }
        let text = try text(bytes[start..<position])
        guard let value = Double(text), value.isFinite else { throw Refusal() }
        guard fraction == 0, !hasExponent, let whole = Int64(text) else { return .number(value) }
        return Int64(exactly: value) == whole ? .number(value) : .integer(whole)
    }

    private static let powersOfTen: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
    ]

    /// How many digits there were; `number` is right for at most 19 of them.
    private mutating func digits(into number: inout UInt64) -> Int {
        let start = position
        while case let digit = peek &- UInt8(ascii: "0"), digit < 10 {
            number = number &* 10 &+ UInt64(digit)
            position += 1
        }
        return position - start
    }
}

extension JSONValue {
    /// The value that a JSON text says; `nil` when it is none.
    package init?(text: UnsafeBufferPointer<UInt8>) {
        var cursor = JSONCursor(text)
        guard let value = try? cursor.read() else { return nil }
        self = value
    }

    /// The value that a JSON text says; `nil` when it is none.
    package init?(text: String) {
        var text = text
        guard let value = text.withUTF8({ JSONValue(text: $0) }) else { return nil }
        self = value
    }
}
