/// JSON text written straight into bytes: no tree, no keys in dictionaries, members in the order of the calls.
///
/// For answers that are mostly numbers, which `JSONEncoder` boxes one by one. A number becomes the shortest text that reads
/// back as the same one, without an allocation for it.
///
/// Commas come by themselves; the text is one JSON value if each ``JSONWritable`` writes exactly one.
package struct JSONWriter {
    package private(set) var bytes: [UInt8] = []

    /// - Parameter capacity: bytes that the text will have, about.
    package init(capacity: Int = 0) {
        bytes.reserveCapacity(capacity)
    }

    /// The bytes of an object.
    package static func object(_ members: (inout JSONWriter) throws -> Void) rethrows -> [UInt8] {
        var json = JSONWriter()
        try json.object(members)
        return json.bytes
    }

    package mutating func object(_ members: (inout JSONWriter) throws -> Void) rethrows {
        separate()
        bytes.append(UInt8(ascii: "{"))
        try members(&self)
        bytes.append(UInt8(ascii: "}"))
    }

    package mutating func member(_ name: String, _ value: some JSONWritable) {
        key(name)
        value.write(to: &self)
    }

    /// No member at all for `nil`.
    package mutating func member(_ name: String, ifPresent value: (some JSONWritable)?) {
        if let value { member(name, value) }
    }

    /// As the array of any values would be written, but in one loop without a call through a protocol for each number.
    package mutating func member(_ name: String, _ numbers: [Float]) {
        key(name)
        bytes.append(UInt8(ascii: "["))
        for number in numbers {
            var text = number.isFinite ? number.description : "null"
            text.withUTF8 { bytes.append(contentsOf: $0) }
            bytes.append(UInt8(ascii: ","))
        }
        if numbers.isEmpty { bytes.append(UInt8(ascii: "]")) } else { bytes[bytes.count - 1] = UInt8(ascii: "]") }
    }

    package mutating func member(_ name: String, object members: (inout JSONWriter) throws -> Void) rethrows {
        key(name)
        try object(members)
    }

    /// - Parameter write: writes one value for its element.
    package mutating func member<Elements: Sequence>(
        _ name: String,
        array elements: Elements,
        _ write: (inout JSONWriter, Elements.Element) throws -> Void
    ) rethrows {
        key(name)
        try array(elements, write)
    }

    /// - Parameter json: text that is one JSON value already.
    package mutating func member(_ name: String, json: String) {
        key(name)
        raw(json)
    }

    /// - Parameter write: writes one value for its element.
    package mutating func array<Elements: Sequence>(
        _ elements: Elements,
        _ write: (inout JSONWriter, Elements.Element) throws -> Void
    ) rethrows {
        separate()
        bytes.append(UInt8(ascii: "["))
        for element in elements { try write(&self, element) }
        bytes.append(UInt8(ascii: "]"))
    }

    /// Text that is one JSON value already.
    package mutating func raw(_ json: String) {
        separate()
        append(json)
    }

    package mutating func string(_ value: String) {
        separate()
        quote(value)
    }

    private mutating func key(_ name: String) {
        separate()
        quote(name)
        bytes.append(UInt8(ascii: ":"))
    }

    /// A comma, unless this is the first in its container, the value of a member, or the whole text.
    ///
    /// The last byte tells: no value ends in one of these three.
    private mutating func separate() {
        switch bytes.last {
        case nil, UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: ":"): break
        default: bytes.append(UInt8(ascii: ","))
        }
    }

    private mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { bytes.append(contentsOf: $0) }
    }
}

extension JSONWriter {
    /// Copies whole stretches between the bytes that must be escaped, all of which are ASCII.
    private mutating func quote(_ value: String) {
        bytes.append(UInt8(ascii: "\""))
        var value = value
        value.withUTF8 { text in
            var start = 0
            for index in text.indices where Self.needsEscape(text[index]) {
                bytes.append(contentsOf: text[start..<index])
                escape(text[index])
                start = index + 1
            }
            bytes.append(contentsOf: text[start...])
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func escape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\n"): bytes.append(UInt8(ascii: "n"))
        case UInt8(ascii: "\t"): bytes.append(UInt8(ascii: "t"))
        case UInt8(ascii: "\r"): bytes.append(UInt8(ascii: "r"))
        case 0..<0x20:
            bytes.append(contentsOf: "u00".utf8)
            bytes.append(contentsOf: [byte >> 4, byte & 15].map { Self.digits[Int($0)] })
        default: bytes.append(byte)
        }
    }

    private static let digits = Array("0123456789abcdef".utf8)
}

/// A value that writes itself as one JSON value.
package protocol JSONWritable {
    func write(to json: inout JSONWriter)
}

extension String: JSONWritable {
    package func write(to json: inout JSONWriter) { json.string(self) }
}

extension Bool: JSONWritable {
    package func write(to json: inout JSONWriter) { json.raw(self ? "true" : "false") }
}

extension Int: JSONWritable {
    package func write(to json: inout JSONWriter) { json.raw(description) }
}

/// The shortest text that reads back as the same number; `null` for NaN and the infinities, which JSON has no words for.
extension Float: JSONWritable {
    package func write(to json: inout JSONWriter) { json.raw(isFinite ? description : "null") }
}

extension Double: JSONWritable {
    package func write(to json: inout JSONWriter) { json.raw(isFinite ? description : "null") }
}

/// `null` for what is absent.
extension Optional: JSONWritable where Wrapped: JSONWritable {
    package func write(to json: inout JSONWriter) {
        if let self { self.write(to: &json) } else { json.raw("null") }
    }
}

extension Array: JSONWritable where Element: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.array(self) { $1.write(to: &$0) }
    }
}

/// Canonical, as ``JSONValue/description``.
extension JSONValue: JSONWritable {
    package func write(to json: inout JSONWriter) {
        switch self {
        case .null: json.raw("null")
        case .bool(let value): value.write(to: &json)
        case .number(let value): json.raw(Int64(exactly: value).map(String.init) ?? String(value))
        case .integer(let value): json.raw(String(value))
        case .string(let value): json.string(value)
        case .array(let elements): elements.write(to: &json)
        case .object(let members):
            json.object { json in
                for (name, value) in members.sorted(by: { $0.key < $1.key }) { json.member(name, value) }
            }
        }
    }
}

/// As the client wrote it.
extension ClientID: JSONWritable {
    package func write(to json: inout JSONWriter) {
        if isNumber { json.raw(text) } else { json.string(text) }
    }
}
