import CJSONScanner

/// Walks a JSON text where it lies, value by value, without building a tree.
///
/// The text's bytes must outlive the reader and every ``JSONSlice`` from it; both are used only inside the `withUnsafeBytes`
/// that lends them.
struct JSONReader {
    let text: json_text
    private(set) var position: Int

    init(_ bytes: UnsafeRawBufferPointer, at position: Int = 0) {
        self.position = position
        let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        text = json_text(bytes: start, count: bytes.count)
    }

    /// What begins here.
    mutating func kind() -> json_kind {
        position = json_skip_space(text, position)
        return json_peek(text, position)
    }

    /// The value that begins here, checked to its end.
    mutating func value() throws(JSONMalformed) -> JSONSlice {
        let kind = kind()
        let start = position
        let span = json_scan(text, position)
        position = span.end
        guard span.fault == json_fine else { throw JSONMalformed(fault: span.fault, position: span.end) }
        return JSONSlice(text: text, range: start..<span.end, kind: kind, span: span)
    }

    /// Calls `body` with each member's name; it reads the value.
    ///
    /// - Precondition: an object begins here, as ``kind()`` says.
    mutating func forEachMember(
        _ body: (_ name: String, _ reader: inout JSONReader) throws(JSONMalformed) -> Void
    ) throws(JSONMalformed) {
        guard try open(until: "}") else { return }
        repeat {
            guard kind() == json_string, let name = try value().string else { throw unexpected }
            guard byte() == UInt8(ascii: ":") else { throw unexpected }
            position += 1
            try body(name, &self)
        } while try another(until: "}")
    }

    /// Calls `body` for each element; it reads the value.
    ///
    /// - Precondition: an array begins here.
    mutating func forEachElement(
        _ body: (_ reader: inout JSONReader) throws(JSONMalformed) -> Void
    ) throws(JSONMalformed) {
        guard try open(until: "]") else { return }
        repeat { try body(&self) } while try another(until: "]")
    }

    /// The array of numbers that begins here; the first `output.count` go there.
    mutating func floats(into output: UnsafeMutableBufferPointer<Float>) throws(JSONMalformed) -> json_floats {
        guard let start = output.baseAddress else { throw unexpected }
        let floats = json_scan_floats(text, position, start, output.count)
        position = floats.end
        guard floats.fault == json_fine else { throw JSONMalformed(fault: floats.fault, position: floats.end) }
        return floats
    }

    /// - Throws: unless only white space is left.
    mutating func end() throws(JSONMalformed) {
        if byte() != nil { throw unexpected }
    }

    private var unexpected: JSONMalformed {
        JSONMalformed(fault: position < text.count ? json_unexpected : json_truncated, position: position)
    }

    private mutating func byte() -> UInt8? {
        position = json_skip_space(text, position)
        return position < text.count ? text.bytes?[position] : nil
    }

    /// Past the bracket.
    ///
    /// - Returns: whether there is a first member or element.
    private mutating func open(until close: Unicode.Scalar) throws(JSONMalformed) -> Bool {
        position += 1
        guard byte() == UInt8(ascii: close) else { return true }
        position += 1
        return false
    }

    private mutating func another(until close: Unicode.Scalar) throws(JSONMalformed) -> Bool {
        switch byte() {
        case UInt8(ascii: ","):
            position += 1
            return true
        case UInt8(ascii: close):
            position += 1
            return false
        default: throw unexpected
        }
    }
}

/// A text that is no JSON, and where that shows.
struct JSONMalformed: Error, Equatable {
    let fault: json_fault
    let position: Int

    /// Completes “… is not valid JSON: at byte 12: ”.
    var reason: String {
        switch fault {
        case json_truncated: "it ends at byte \(position), in the middle of a value"
        case json_bad_number: "at byte \(position) a number is malformed"
        case json_bad_string: "at byte \(position) a string has a control character or an unknown escape"
        case json_unpaired_surrogate: "at byte \(position) a string has half of a surrogate pair"
        case json_too_deep: "at byte \(position) it is nested more than \(JSON_DEPTH) levels deep"
        default: "at byte \(position) there is something that can't stand there"
        }
    }
}
