import ContextCore
import FoundationEssentials

extension Setting {
    /// What a setting takes.
    enum Kind: Sendable, Equatable {
        case text, secret, flag, names

        /// A file or directory; `~` in front is the home directory.
        case path
        case integer(ClosedRange<Int>)
        case number(ClosedRange<Double>)
        case choice([String])

        /// A text or an object, for settings that a later part reads.
        case textOrObject

        /// The value if it is one that the setting takes.
        func accept(_ value: JSONValue) -> JSONValue? {
            switch (self, value) {
            case (.text, .string), (.secret, .string), (.path, .string), (.flag, .bool): value
            case (.textOrObject, .string), (.textOrObject, .object): value
            case (.choice(let names), .string(let text)): names.contains(text) ? value : nil
            case (.integer(let range), .number(let number)):
                Int(exactly: number).map(range.contains) == true ? value : nil
            case (.number(let range), .number(let number)): range.contains(number) ? value : nil
            case (.names, .array(let elements)): elements.allSatisfy { $0.stringValue?.isEmpty == false } ? value : nil
            default: nil
            }
        }

        /// The value that a variable's text stands for, before ``accept(_:)``.
        func parse(_ text: String) -> JSONValue? {
            switch self {
            case .text, .secret, .path, .choice: .string(text)
            case .textOrObject: Self.object(in: text) ?? .string(text)
            case .integer, .number: Double(text).map(JSONValue.number)
            case .flag: Self.flags[text.lowercased()].map(JSONValue.bool)
            case .names: .array(text.split(separator: ",").map { .string($0.trimmedSpaces) })
            }
        }

        private static func object(in text: String) -> JSONValue? {
            guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)) else { return nil }
            return value.objectValue == nil ? nil : value
        }

        private static let flags = [
            "true": true, "1": true, "yes": true, "on": true, "false": false, "0": false, "no": false, "off": false,
        ]

        /// Completes “expected …”.
        var expectation: String {
            switch self {
            case .text, .secret: "a text"
            case .path: "a path"
            case .flag: "true or false"
            case .names: "a list of names"
            case .textOrObject: "a text or an object"
            case .choice(let names): "one of " + names.joined(separator: ", ")
            case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
            case .number(let range):
                "a number from \(JSONValue.number(range.lowerBound)) to \(JSONValue.number(range.upperBound))"
            }
        }
    }
}

extension Substring {
    var trimmedSpaces: String {
        var text = self
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
