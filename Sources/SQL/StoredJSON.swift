import FoundationEssentials

/// JSON in a column: written canonically, read strictly.
package enum StoredJSON {
    /// A row that this program did not write, or that was damaged.
    package struct Unreadable: Error {
        package let what: String

        package init(what: String) {
            self.what = what
        }
    }

    package static func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    package static func decode<Value: Decodable>(_ type: Value.Type, from text: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }

    package static func required<Value>(_ value: Value?, _ what: String, _ text: String) throws -> Value {
        guard let value else { throw Unreadable(what: "unknown \(what) “\(text)” in the database") }
        return value
    }
}
