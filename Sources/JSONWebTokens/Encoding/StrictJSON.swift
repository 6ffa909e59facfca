import CJSONScanner
import FoundationEssentials

/// A JSON object of a token, decoded only when nothing in it can be read in two ways.
///
/// Decoders differ in which of two members of one name they take (RFC 7519 section 4); here that is a malformed token.
enum StrictJSON {
    static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws(TokenFailure) -> Value {
        guard String(validating: bytes, as: UTF8.self) != nil, bytes.withUnsafeBufferPointer(isUnambiguousObject) else {
            throw .malformed("a part of it is no JSON object, or one with the same member twice")
        }
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch let error as DecodingError {
            throw .malformed(error.place)
        } catch {
            throw .malformed("a part of it is not valid JSON")
        }
    }

    static func isUnambiguousObject(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var walk = Walk(text: json_text(bytes: bytes.baseAddress, count: bytes.count))
        guard json_peek(walk.text, json_skip_space(walk.text, 0)) == json_object else { return false }
        let span = json_scan(walk.text, json_skip_space(walk.text, 0))
        guard span.fault == json_fine, !span.not_finite, json_skip_space(walk.text, span.end) == bytes.count else {
            return false
        }
        return walk.isUnambiguous()
    }

    /// Goes through a text that the scanner has checked, so it may trust every byte between the values.
    private struct Walk {
        let text: json_text
        var position = 0

        /// Whether no object of the value that begins here names a member twice; leaves it behind.
        mutating func isUnambiguous() -> Bool {
            position = json_skip_space(text, position)
            switch json_peek(text, position) {
            case json_object: return isUnambiguousObject()
            case json_array:
                return forEach { $0.isUnambiguous() }
            default:
                position = json_scan(text, position).end
                return true
            }
        }

        private mutating func isUnambiguousObject() -> Bool {
            var names: Set<String> = []
            return forEach { walk in
                let isFirst = names.insert(walk.name()).inserted
                walk.position = json_skip_space(walk.text, walk.position) + 1
                return isFirst && walk.isUnambiguous()
            }
        }

        /// Calls `body` before each member or element, until it says no.
        private mutating func forEach(_ body: (inout Walk) -> Bool) -> Bool {
            position = json_skip_space(text, position + 1)
            guard let bytes = text.bytes else { return false }
            if json_peek(text, position) == json_nothing {
                position += 1
                return true
            }
            repeat {
                position = json_skip_space(text, position)
                guard body(&self) else { return false }
                position = json_skip_space(text, position) + 1
            } while bytes[position - 1] == UInt8(ascii: ",")
            return true
        }

        /// The string that begins here, without its escapes.
        private mutating func name() -> String {
            let span = json_scan(text, position)
            let inside = json_text(bytes: text.bytes.map { $0 + position + 1 }, count: span.end - position - 2)
            position = span.end
            return String(unsafeUninitializedCapacity: inside.count) { output in
                output.baseAddress.map { json_unescape(inside, $0) } ?? 0
            }
        }
    }
}

extension DecodingError {
    /// Completes “The token is malformed: ”.
    fileprivate var place: String {
        switch self {
        case .keyNotFound(let key, _): "it has no “\(key.stringValue)”"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            "its “\(context.codingPath.map(\.stringValue).joined(separator: "."))” is not of the right type"
        @unknown default: "a part of it is not as it should be"
        }
    }
}
