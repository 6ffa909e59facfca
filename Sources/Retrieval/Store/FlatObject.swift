import ContextCore
import SQL

/// Reads the JSON objects that nearly all fields and metadata are: one level of texts and small whole numbers, as the
/// store writes them.
///
/// A search reads dozens of them, and a general decoder costs more than all else that a search does. What is not of that
/// form, or damaged, gives `nil` and is for the general decoder to read or to refuse.
struct FlatObject {
    private var bytes: UnsafeBufferPointer<UInt8>.SubSequence

    private init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes[...] }

    static func members(of text: String) -> [String: JSONValue]? {
        object(in: text) { $0.value() }
    }

    /// The members when all are texts.
    static func texts(of text: String) -> [String: String]? {
        object(in: text) { $0.string() }
    }

    /// Any value, by the general decoder where it is not flat.
    ///
    /// - Throws: `DecodingError` for what is no JSON.
    static func value(of text: String) throws -> JSONValue {
        try members(of: text).map(JSONValue.object) ?? StoredJSON.decode(JSONValue.self, from: text)
    }

    private static func object<Value>(
        in text: String,
        of value: (inout FlatObject) -> Value?
    ) -> [String: Value]? {
        var text = text
        return text.withUTF8 { bytes in
            var reader = FlatObject(bytes)
            return reader.members(value)
        }
    }

    private mutating func members<Value>(_ value: (inout FlatObject) -> Value?) -> [String: Value]? {
        guard take("{") else { return nil }
        var members: [String: Value] = [:]
        if take("}") { return bytes.isEmpty ? members : nil }
        repeat {
            guard let name = string(), take(":"), let value = value(&self) else { return nil }
            guard members.updateValue(value, forKey: name) == nil else { return nil }
        } while take(",")
        return take("}") && bytes.isEmpty ? members : nil
    }

    private mutating func value() -> JSONValue? {
        if bytes.first == UInt8(ascii: "\"") { return string().map { .string($0) } }
        return number().map { .number(Double($0)) }
    }

    /// Digits without a sign or a leading zero, few enough to be exact in a double.
    private mutating func number() -> Int? {
        let zero = UInt8(ascii: "0")
        let digits = bytes.prefix { (zero...UInt8(ascii: "9")).contains($0) }
        guard (1...15).contains(digits.count), digits.count == 1 || digits.first != zero else { return nil }
        bytes = bytes.dropFirst(digits.count)
        return digits.reduce(0) { $0 * 10 + Int($1 - zero) }
    }

    private mutating func string() -> String? {
        guard take("\"") else { return nil }
        let plain = stretch()
        if take("\"") { return plain }
        guard var text = plain else { return nil }
        while take("\\") {
            guard let escaped = bytes.popFirst().flatMap(Self.unescaped), let plain = stretch() else { return nil }
            text.unicodeScalars.append(escaped)
            text += plain
        }
        return take("\"") ? text : nil
    }

    /// What stands before the next quotation mark or backslash; `nil` when a control character or bad UTF-8 is in it.
    private mutating func stretch() -> String? {
        let plain = bytes.prefix { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") && $0 >= 0x20 }
        bytes = bytes.dropFirst(plain.count)
        return String(validating: plain, as: UTF8.self)
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard bytes.first == UInt8(ascii: character) else { return false }
        bytes.removeFirst()
        return true
    }

    /// Those with a letter of their own; numbered ones are rare.
    private static func unescaped(_ letter: UInt8) -> Unicode.Scalar? {
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): Unicode.Scalar(letter)
        case UInt8(ascii: "n"): "\n"
        case UInt8(ascii: "t"): "\t"
        case UInt8(ascii: "r"): "\r"
        default: nil
        }
    }
}
