/// Reads JSON (RFC 8259) and writes it down as `path: value` lines, without building a tree.
///
/// A tree is not needed, order matters, and recursion is bounded by ``DocumentLimits/nesting``. Paths repeat the keys
/// above a value, so a small file can grow: the text is checked against ``DocumentLimits/textBytes`` as it grows.
struct JSONFlattener {
    private let bytes: [UInt8]
    private let limits: DocumentLimits
    private var index = 0
    private var depth = 0
    private var lines: [String] = []
    private var written = 0

    init(_ bytes: [UInt8], limits: DocumentLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    /// One value as one record.
    mutating func readRecord() throws(DocumentError) -> [String] {
        try readValue(path: "")
        skipSpace()
        guard index == bytes.count else { throw error("text after the end of the value") }
        return takeLines()
    }

    /// A whole file.
    ///
    /// `line` counts from 1.
    mutating func readDocument(
        _ body: ((lines: [String], line: Int)) throws(DocumentError) -> Void
    ) throws(DocumentError) {
        skipSpace()
        guard peek == UInt8(ascii: "[") else { return try body((try readRecord(), 1)) }
        index += 1
        var lineCounter = LineCounter()
        if try !consume("]") {
            repeat {
                skipSpace()
                let line = lineCounter.line(of: index, in: bytes)
                try readValue(path: "")
                try body((takeLines(), line))
            } while try consume(",")
            try expect("]")
        }
        skipSpace()
        guard index == bytes.count else { throw error("text after the end of the array") }
    }

    private mutating func takeLines() -> [String] {
        defer { lines = [] }
        return lines
    }

    private mutating func readValue(path: String) throws(DocumentError) {
        skipSpace()
        switch peek {
        case UInt8(ascii: "{"): try nested { (reader) throws(DocumentError) in try reader.readObject(path) }
        case UInt8(ascii: "["): try nested { (reader) throws(DocumentError) in try reader.readArray(path) }
        case 0x22: try write(path, try readString())
        default: try write(path, try readWord())
        }
    }

    private mutating func nested(
        _ body: (inout JSONFlattener) throws(DocumentError) -> Void
    ) throws(DocumentError) {
        depth += 1
        guard depth <= limits.nesting else { throw .tooLarge(.nesting, value: depth, limit: limits.nesting) }
        try body(&self)
        depth -= 1
    }

    private mutating func readObject(_ path: String) throws(DocumentError) {
        index += 1
        guard try !consume("}") else { return }
        repeat {
            skipSpace()
            guard peek == 0x22 else { throw error("a key in quotes was expected") }
            let key = try readString()
            try expect(":")
            try charge(path.utf8.count + key.utf8.count)
            try readValue(path: path.isEmpty ? key : path + "." + key)
        } while try consume(",")
        try expect("}")
    }

    private mutating func readArray(_ path: String) throws(DocumentError) {
        index += 1
        guard try !consume("]") else { return }
        var position = 0
        repeat {
            try charge(path.utf8.count)
            try readValue(path: "\(path)[\(position)]")
            position += 1
        } while try consume(",")
        try expect("]")
    }

    private mutating func write(_ path: String, _ value: String) throws(DocumentError) {
        try charge(value.utf8.count)
        lines.append(path.isEmpty ? value : path + ": " + value)
    }

    /// Counts a path where it is built, not where it is written: values without text have paths too.
    private mutating func charge(_ count: Int) throws(DocumentError) {
        written += count
        guard written <= limits.textBytes else {
            throw .tooLarge(.textBytes, value: written, limit: limits.textBytes)
        }
    }

    // MARK: Tokens

    private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipSpace() {
        while let byte = peek, byte.isWhitespace { index += 1 }
    }

    private mutating func consume(_ mark: Unicode.Scalar) throws(DocumentError) -> Bool {
        skipSpace()
        guard let byte = peek else { throw error("it ends too early") }
        guard byte == UInt8(ascii: mark) else { return false }
        index += 1
        return true
    }

    private mutating func expect(_ mark: Unicode.Scalar) throws(DocumentError) {
        guard try consume(mark) else { throw error("“\(mark)” was expected") }
    }

    /// A number, `true`, `false` or `null`.
    private mutating func readWord() throws(DocumentError) -> String {
        let start = index
        while let byte = peek,
            byte.isWordByte || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") || byte == UInt8(ascii: ".")
        {
            index += 1
        }
        let word = bytes[start..<index].text
        guard ["true", "false", "null"].contains(word) || JSONNumber.isValid(bytes[start..<index]) else {
            throw error(word.isEmpty ? "a value was expected" : "“\(word.prefix(40))” is no value")
        }
        return word
    }

    private mutating func readString() throws(DocumentError) -> String {
        index += 1
        var text: [UInt8] = []
        while let byte = peek, byte != 0x22 {
            index += 1
            guard byte >= 0x20 else { throw error("a control character in a string") }
            if byte == UInt8(ascii: "\\") { try readEscape(into: &text) } else { text.append(byte) }
        }
        guard peek == 0x22 else { throw error("a string does not end") }
        index += 1
        return text.text
    }

    private mutating func readEscape(into text: inout [UInt8]) throws(DocumentError) {
        guard let byte = peek else { throw error("a string does not end") }
        index += 1
        switch byte {
        case 0x22, UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "r"), UInt8(ascii: "b"), UInt8(ascii: "f"): text.append(0x20)
        case UInt8(ascii: "u"): text += Array(String(try readUnicodeEscape()).utf8)
        default: throw error("an unknown escape in a string")
        }
    }

    /// After `\u`, with its second half if it is a surrogate; half a pair becomes U+FFFD.
    private mutating func readUnicodeEscape() throws(DocumentError) -> Character {
        let first = try readHexadecimal()
        guard (0xD800..<0xDC00).contains(first), bytes[index...].starts(with: "\\u".utf8) else {
            return Character(Unicode.Scalar(first) ?? "\u{FFFD}")
        }
        index += 2
        let second = try readHexadecimal()
        guard (0xDC00..<0xE000).contains(second) else { return "\u{FFFD}" }
        let value = 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
        return Character(Unicode.Scalar(value) ?? "\u{FFFD}")
    }

    private mutating func readHexadecimal() throws(DocumentError) -> UInt32 {
        let digits = bytes[index...].prefix(4)
        guard digits.count == 4, digits.first != UInt8(ascii: "+"), let value = UInt32(digits.text, radix: 16) else {
            throw error("a \\u escape without four digits")
        }
        index += 4
        return value
    }

    private func error(_ reason: String) -> DocumentError {
        .malformed(format: "JSON", line: bytes[..<index].count { $0 == 0x0A } + 1, reason: reason)
    }
}

/// Counts lines up to a place that only ever moves on.
private struct LineCounter {
    private var line = 1
    private var counted = 0

    mutating func line(of index: Int, in bytes: [UInt8]) -> Int {
        line += bytes[counted..<index].count { $0 == 0x0A }
        counted = index
        return line
    }
}
