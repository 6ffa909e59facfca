import FoundationEssentials

/// Any JSON value, for what callers shape themselves: metadata, filters, tool arguments.
///
/// Requests and responses have types of their own; this one never stands in for them.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(Double)

    /// A whole number that ``number(_:)`` would round, such as a 64-bit id.
    ///
    /// Only those, so that equal numbers are equal values.
    case integer(Int64)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    package static let emptyObject = JSONValue.object([:])

    package var objectValue: [String: JSONValue]? {
        if case .object(let members) = self { members } else { nil }
    }

    package var stringValue: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// Every value in this one with the dotted path that reaches it.
    ///
    /// An array is reached itself, and each of its elements under the same path; an object is reached itself, and its
    /// members under longer paths. Filters, facets and the index that serves both rest on this one definition.
    ///
    /// The value itself is reached by no path; a member whose key is empty has a path all the same.
    package func forEachValue(under path: String? = nil, _ body: (_ path: String, _ value: JSONValue) -> Void) {
        if let path { body(path, self) }
        switch self {
        case .array(let elements): for element in elements { element.forEachValue(under: path, body) }
        case .object(let members):
            for (key, value) in members { value.forEachValue(under: path.map { $0 + "." + key } ?? key, body) }
        default: break
        }
    }

    /// Whether `accept` holds for some value that ``forEachValue(under:_:)`` reports under exactly `path`.
    package func containsValue(at path: String, where accept: (JSONValue) -> Bool) -> Bool {
        containsValue(at: path[...], where: accept)
    }

    private func containsValue(at path: Substring?, where accept: (JSONValue) -> Bool) -> Bool {
        if path == nil, accept(self) { return true }
        switch self {
        case .array(let elements): return elements.contains { $0.containsValue(at: path, where: accept) }
        case .object(let members):
            guard let path else { return false }
            return Self.splits(of: path).contains { key, rest in
                members[String(key)]?.containsValue(at: rest, where: accept) ?? false
            }
        default: return false
        }
    }

    /// A key may hold dots itself, so a path can be read in several ways: `a.b` is `a` then `b`, or the key `a.b`.
    ///
    /// Bytes and not characters: a key may begin with a mark that joins the dot before it.
    private static func splits(of path: Substring) -> [(key: Substring, rest: Substring?)] {
        let dots = path.utf8.indices.filter { path.utf8[$0] == UInt8(ascii: ".") }
        return dots.map { (path[..<$0], path[path.utf8.index(after: $0)...]) } + [(path, nil)]
    }

    /// This object with the members of `other` laid over its own.
    ///
    /// Anything but two objects: `other` wins.
    package func merging(_ other: JSONValue) -> JSONValue {
        guard let own = objectValue, let new = other.objectValue else { return other }
        return .object(own.merging(new) { $1 })
    }

    /// Levels of arrays and objects; a scalar has 0.
    package var depth: Int {
        switch self {
        case .array(let elements): 1 + (elements.lazy.map(\.depth).max() ?? 0)
        case .object(let members): 1 + (members.values.lazy.map(\.depth).max() ?? 0)
        default: 0
        }
    }
}

extension JSONValue: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = try Self.exact(value, in: container)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if var elements = try? decoder.unkeyedContainer() {
            var values: [JSONValue] = []
            while !elements.isAtEnd { values.append(try elements.decode(JSONValue.self)) }
            self = .array(values)
        } else if (try? decoder.container(keyedBy: AnyKey.self)) != nil {
            self = .object(try container.decode([String: JSONValue].self))
        } else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "is a number beyond the range of 64-bit floating point"
            )
        }
    }

    private enum AnyKey: CodingKey {}

    /// A number as it was written: a double keeps every whole number up to 2⁵³, and of the larger ones some.
    ///
    /// - Throws: where neither a double nor an `Int64` keeps all digits; a rounded id would be another id.
    private static func exact(_ value: Double, in container: any SingleValueDecodingContainer) throws -> JSONValue {
        guard value.magnitude >= 0x1p53 else { return .number(value) }
        if let whole = try? container.decode(Int64.self) {
            return Int64(exactly: value) == whole ? .number(value) : .integer(whole)
        }
        if let written = try? container.decode(Decimal.self), written != Decimal(string: "\(value)") {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "is a whole number with more digits than can be kept; send it as a string"
            )
        }
        return .number(value)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .number(let value): try encode(value, in: &container)
        case .integer(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }

    /// Whole numbers are written without a fraction, as they came in.
    private func encode(_ value: Double, in container: inout any SingleValueEncodingContainer) throws {
        if let whole = Int64(exactly: value) { try container.encode(whole) } else { try container.encode(value) }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int) {
        self = Double(exactly: value).map(JSONValue.number) ?? .integer(Int64(value))
    }
    package init(floatLiteral value: Double) { self = .number(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements) { $1 })
    }
}
