import ContextCore
import FoundationEssentials
import HTTP

/// A request's JSON body, decoded into the operation's own type.
///
/// Members that the type doesn't know are ignored, so that newer clients work with older servers, but not silently:
/// ``ignored`` names them and the answer repeats them in a header.
package struct RequestBody<Value: Decodable>: Decodable {
    package let value: Value
    package let ignored: [String]

    package init(from decoder: any Decoder) throws {
        value = try Value(from: decoder)
        ignored = Self.unknown(try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue))
    }

    /// The same for a whole text, whose members a cursor lists faster than a second container.
    fileprivate init(_ text: UnsafeRawBufferPointer) throws {
        if let plain = Value.self as? any PlainBody.Type, let read = plain.init(plain: text) as? Value {
            (value, ignored) = (read, [])
            return
        }
        guard let sent = Self.members(of: text) else {
            // What the cursor refuses, such as a number beyond a double, the decoder may accept.
            self = try JSONDecoder().decode(Self.self, from: Data(text))
            return
        }
        value = try JSONDecoder().decode(Value.self, from: Data(text))
        ignored = Self.unknown(sent)
    }

    private static func members(of text: UnsafeRawBufferPointer) -> [String]? {
        text.withMemoryRebound(to: UInt8.self) { text in
            var cursor = JSONCursor(text)
            var names: [String] = []
            let isObject = try? cursor.members { name, cursor throws(JSONCursor.Refusal) in
                names.append(name.text)
                try cursor.skip()
            }
            return isObject == true ? names : nil
        }
    }

    private static func unknown(_ sent: [String]) -> [String] {
        guard let known = (Value.self as? any KnownKeys.Type)?.keys else { return [] }
        return Set(sent).subtracting(known).sorted()
    }

    private struct AnyKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}

/// A body that knows its members' names.
package protocol KnownKeys {
    static var keys: [String] { get }
}

extension HTTPRequest {
    /// The body where there is one; without it every member has its default.
    func decodeIfPresent<Value: Decodable>(
        _ type: Value.Type = Value.self
    ) throws(ContextError) -> RequestBody<Value>? {
        bodyCount == 0 ? nil : try decode(type)
    }

    /// - Throws: ``ContextError`` that names the member to blame.
    func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws(ContextError) -> RequestBody<Value> {
        guard bodyCount > 0 else {
            throw ContextError(.invalidJSON, "The body is empty; \(method) \(path) takes a JSON object.")
        }
        do {
            return try withBody { try RequestBody<Value>($0) }
        } catch let error as DecodingError {
            throw ContextError(error)
        } catch {
            throw error as? ContextError ?? ContextError(.invalidJSON, "The body is not valid JSON.")
        }
    }
}

extension ContextError {
    /// What was wrong with a body, by the member's path as the request spells it.
    init(_ error: DecodingError) {
        switch error {
        case .keyNotFound(let key, let context):
            let path = Self.path(context.codingPath + [key])
            self = .invalid(path, "\(path) is required.")
        case .valueNotFound(let type, let context):
            let path = Self.path(context.codingPath)
            self = .invalid(path, "\(path) must be \(Self.name(type)), not null.")
        case .typeMismatch(let type, let context):
            let path = Self.path(context.codingPath)
            self =
                path.isEmpty
                ? .init(.invalidJSON, "The body must be \(Self.name(type)).")
                : .invalid(path, "\(path) must be \(Self.name(type)).")
        case .dataCorrupted(let context) where !context.codingPath.isEmpty:
            let path = Self.path(context.codingPath)
            self = .invalid(path, "\(path) \(Self.misfit(context.debugDescription)).")
        case .dataCorrupted(let context):
            self = .init(.invalidJSON, "The body is not valid JSON\(Self.place(context.underlyingError)).")
        @unknown default:
            self = .init(.invalidJSON, "The body is not valid JSON.")
        }
    }

    /// Our own types say what is wrong in words that follow the member's name.
    ///
    /// Foundation's words name Swift's types, which are no caller's business.
    private static func misfit(_ description: String) -> String {
        description.hasPrefix("is ") ? description : "does not fit here"
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.reduce("") { path, key in
            if let index = key.intValue { return path + "[\(index)]" }
            return path.isEmpty ? key.stringValue : path + "." + key.stringValue
        }
    }

    private static func name(_ type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is Int.Type, is Int64.Type: "an integer"
        case is Double.Type, is Float.Type: "a number"
        case is Bool.Type: "true or false"
        case is any Collection.Type: String(describing: type).hasPrefix("Dictionary") ? "an object" : "an array"
        default: "an object"
        }
    }

    /// Foundation's words for the place and the reason, without its wrapping.
    private static func place(_ error: (any Error)?) -> String {
        guard let error, let words = "\(error)".split(separator: "NSDebugDescription=", maxSplits: 1).last else {
            return ""
        }
        return ": " + String(words.prefix { $0 != "}" }).clipped(to: 160).trimmingSuffix(".")
    }
}

extension String {
    fileprivate func trimmingSuffix(_ suffix: String) -> String {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
    }
}
