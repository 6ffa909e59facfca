import ContextCore

/// Writes JSON straight into bytes, member by member, in the order of the calls.
///
/// For answers that are made all the time, where building a value first and encoding it then would cost more than the work
/// itself.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// An object of what `body` writes.
    static func object(_ body: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.nest("{", "}", body)
        return writer.bytes
    }

    mutating func member(_ name: String, _ value: String) {
        self.name(name)
        string(value)
    }

    mutating func member(_ name: String, _ value: Int) {
        self.name(name)
        raw(String(value))
    }

    mutating func member(_ name: String, _ value: Bool) {
        self.name(name)
        raw(value ? "true" : "false")
    }

    /// The shortest digits that read back as the same number.
    mutating func member(_ name: String, _ value: some LosslessStringConvertible & BinaryFloatingPoint) {
        self.name(name)
        raw(value.isFinite ? value.description : "null")
    }

    mutating func member(_ name: String, _ value: ClientID) {
        self.name(name)
        id(value)
    }

    /// - Parameter json: valid JSON, written as it is.
    mutating func member(_ name: String, json: String) {
        self.name(name)
        raw(json)
    }

    mutating func member(_ name: String, object body: (inout JSONWriter) -> Void) {
        self.name(name)
        nest("{", "}", body)
    }

    mutating func member<Elements: Sequence>(
        _ name: String,
        array elements: Elements,
        _ write: (inout JSONWriter, Elements.Element) -> Void
    ) {
        self.name(name)
        nest("[", "]") { writer in
            for element in elements {
                writer.separate()
                write(&writer, element)
            }
        }
    }

    /// As an element.
    mutating func object(_ body: (inout JSONWriter) -> Void) { nest("{", "}", body) }

    mutating func id(_ id: ClientID) {
        switch id {
        case .number(let digits): raw(digits)
        case .string(let text): string(text)
        }
    }

    mutating func string(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { utf8 in
            if utf8.contains(where: Self.isSpecial) {
                for byte in utf8 { escape(byte) }
            } else {
                bytes.append(contentsOf: utf8)
            }
        }
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    private mutating func name(_ name: String) {
        separate()
        string(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = false
    }

    private mutating func raw(_ text: String) {
        bytes.append(contentsOf: text.utf8)
        needsComma = true
    }

    private mutating func nest(_ open: Unicode.Scalar, _ close: Unicode.Scalar, _ body: (inout JSONWriter) -> Void) {
        bytes.append(UInt8(ascii: open))
        needsComma = false
        body(&self)
        bytes.append(UInt8(ascii: close))
        needsComma = true
    }

    private static func isSpecial(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
        case UInt8(ascii: "\n"): bytes.append(contentsOf: #"\n"#.utf8)
        case ..<0x20:
            let digits = String(byte, radix: 16)
            bytes.append(contentsOf: (#"\u00"# + (digits.count < 2 ? "0" : "") + digits).utf8)
        default: bytes.append(byte)
        }
    }
}
