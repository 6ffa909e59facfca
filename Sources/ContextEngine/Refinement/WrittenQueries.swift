import FoundationEssentials

/// Reads queries out of what a model said: a JSON array, whole or cut off, with or without a fence and a preamble, or
/// else a query a line.
///
/// The text is untrusted: whatever it is, what comes out is at most ``Limits/count`` lines of at most
/// ``Limits/characters`` characters, without control characters. A longer one is no query and is left out; half of it
/// would ask something else.
struct WrittenQueries {
    struct Limits {
        var count: Int
        var characters: Int

        /// Bytes of the text that are looked at.
        var bytes = 32 << 10
    }

    /// In the model's order.
    private(set) var queries: [String] = []

    init(_ text: String, limits: Limits) {
        let bytes = Array(text.utf8.prefix(limits.bytes))
        let written = Self.strings(inArray: bytes) ?? Self.lines(bytes)
        queries = Array(
            written.lazy.map(Self.singleLine)
                .filter { $0.contains { $0.isLetter || $0.isNumber } && $0.count <= limits.characters }
                .prefix(limits.count)
        )
    }

    /// Every string of the first array on, but the names of members; `nil` where there is none.
    ///
    /// An object a query, as some models write, has its query as a value; an array that was cut off has its whole ones.
    private static func strings(inArray bytes: [UInt8]) -> [String]? {
        guard let start = bytes.firstIndex(of: UInt8(ascii: "[")) else { return nil }
        var strings: [String] = []
        var place = start + 1
        while let open = bytes[place...].firstIndex(of: UInt8(ascii: "\"")) {
            guard let close = end(ofStringFrom: open + 1, in: bytes) else { break }
            let next = bytes[(close + 1)...].first { !" \n\r\t".utf8.contains($0) }
            let literal = Data(bytes[open...close])
            if next != UInt8(ascii: ":"), let string = try? JSONDecoder().decode(String.self, from: literal) {
                strings.append(string)
            }
            place = close + 1
        }
        return strings.isEmpty ? nil : strings
    }

    private static func end(ofStringFrom start: Int, in bytes: [UInt8]) -> Int? {
        var place = start
        while place < bytes.count {
            switch bytes[place] {
            case UInt8(ascii: "\""): return place
            case UInt8(ascii: "\\"): place += 2
            default: place += 1
            }
        }
        return nil
    }

    /// Without bullets and numbers; a line that ends with a colon introduces the others, and a fence is none.
    private static func lines(_ bytes: [UInt8]) -> [String] {
        String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).compactMap { line in
            let line = line.drop { $0.isWhitespace }
            guard !line.hasPrefix("```"), line.last(where: { !$0.isWhitespace }) != ":" else { return nil }
            let number = line.prefix { $0.isASCII && $0.isNumber }
            let rest = line.dropFirst(number.count)
            let isNumbered = !number.isEmpty && (rest.hasPrefix(".") || rest.hasPrefix(")"))
            return String((isNumbered ? rest.dropFirst() : line).drop { " \t-*•\"“".contains($0) })
        }
    }

    /// White space and control characters as single blanks, nothing but words at both ends.
    private static func singleLine(_ text: String) -> String {
        let words = text.unicodeScalars.split { scalar in
            scalar.properties.isWhitespace || scalar.properties.generalCategory == .control
        }
        var line = words.map { String($0) }.joined(separator: " ")[...]
        while let last = line.last, "\"”,".contains(last) { line.removeLast() }
        return String(line)
    }
}
