import CJSONScanner
import ContextCore
import FoundationEssentials

/// A checked value inside a JSON text.
struct JSONSlice {
    let text: json_text
    let range: Range<Int>
    let kind: json_kind
    let span: json_span

    private var content: json_text { part(range) }

    /// A NaN, an Infinity, or a number beyond a double is in it.
    var isNotFinite: Bool { span.not_finite }

    var isNull: Bool { kind == json_null }

    /// `nil` unless it is a string.
    var string: String? {
        guard kind == json_string else { return nil }
        let inside = part(range.lowerBound + 1..<range.upperBound - 1)
        guard span.has_escapes else {
            return String(decoding: UnsafeBufferPointer(start: inside.bytes, count: inside.count), as: UTF8.self)
        }
        return String(unsafeUninitializedCapacity: inside.count) { output in
            output.baseAddress.map { json_unescape(inside, $0) } ?? 0
        }
    }

    /// `nil` unless it is a number; NaN and infinite where that is written.
    var number: Double? { kind == json_number ? json_to_double(content) : nil }

    var bool: Bool? { kind == json_true ? true : kind == json_false ? false : nil }

    /// The bytes as they were sent.
    var source: String {
        String(decoding: UnsafeBufferPointer(start: content.bytes, count: content.count), as: UTF8.self)
    }

    /// The value without white space between its tokens, otherwise as it was sent.
    var minified: String {
        String(unsafeUninitializedCapacity: content.count) { output in
            output.baseAddress.map { json_minify(content, $0) } ?? 0
        }
    }

    /// A string or a number, as an id.
    var clientID: ClientID? {
        if let string { return .string(string) }
        return kind == json_number && !isNotFinite ? .number(source) : nil
    }

    /// The value as a tree; `nil` where a number is not finite.
    var tree: JSONValue? {
        guard !isNotFinite else { return nil }
        return try? JSONDecoder().decode(JSONValue.self, from: Data(source.utf8))
    }

    /// Floats of an array of numbers; `nil` for any other value.
    func floats(capacity: Int) -> (numbers: [Float], info: json_floats)? {
        guard kind == json_array else { return nil }
        var info = json_floats()
        let numbers = [Float](unsafeUninitializedCapacity: capacity) { output, count in
            guard let start = output.baseAddress else { return }
            info = json_scan_floats(text, range.lowerBound, start, capacity)
            count = min(info.count, capacity)
        }
        return (numbers, info)
    }

    /// What it is, for a sentence that expected something else.
    var what: String {
        switch kind {
        case json_null: "null"
        case json_true: "true"
        case json_false: "false"
        case json_array: "an array"
        case json_object: "an object"
        case json_string: "“\((string ?? "").clipped(to: 40))”"
        default: source.clipped(to: 40)
        }
    }

    private func part(_ range: Range<Int>) -> json_text {
        json_text(bytes: text.bytes.map { $0 + range.lowerBound }, count: range.count)
    }
}
