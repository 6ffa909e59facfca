extension JSONValue: CustomStringConvertible {
    /// Canonical JSON: members sorted by key, no spaces, whole numbers without a fraction.
    ///
    /// Equal values have equal texts, so it serves as a key, for hashing and for counting bytes.
    package var description: String {
        var text = ""
        write(to: &text)
        return text
    }

    private func write(to text: inout String) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .number(let value): text += Int64(exactly: value).map(String.init) ?? String(value)
        case .integer(let value): text += String(value)
        case .string(let value): Self.quote(value, into: &text)
        case .array(let elements): Self.list(elements, "[", "]", into: &text) { $0.write(to: &$1) }
        case .object(let members):
            Self.list(members.sorted { $0.key < $1.key }, "{", "}", into: &text) { member, text in
                Self.quote(member.key, into: &text)
                text += ":"
                member.value.write(to: &text)
            }
        }
    }

    private static func list<Items: Collection>(
        _ items: Items,
        _ open: Character,
        _ close: Character,
        into text: inout String,
        _ write: (Items.Element, inout String) -> Void
    ) {
        text.append(open)
        for (index, item) in items.enumerated() {
            if index > 0 { text += "," }
            write(item, &text)
        }
        text.append(close)
    }

    /// Copies whole stretches between the characters that must be escaped, all of which are ASCII.
    private static func quote(_ value: String, into text: inout String) {
        text += "\""
        var start = value.startIndex
        for index in value.utf8.indices {
            guard let escape = escape(value.utf8[index]) else { continue }
            text += value[start..<index]
            text += escape
            start = value.utf8.index(after: index)
        }
        text += value[start...]
        text += "\""
    }

    private static func escape(_ byte: UInt8) -> String? {
        switch byte {
        case UInt8(ascii: "\""): return "\\\""
        case UInt8(ascii: "\\"): return "\\\\"
        case UInt8(ascii: "\n"): return "\\n"
        case UInt8(ascii: "\t"): return "\\t"
        case UInt8(ascii: "\r"): return "\\r"
        case 0..<0x20:
            let digits = String(byte, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: return nil
        }
    }

    /// For people: a string as it is, the rest as canonical JSON.
    package var plainText: String {
        if case .string(let value) = self { value } else { description }
    }
}
