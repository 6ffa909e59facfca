extension JSONCursor {
    /// A member's name, to be compared with those that are known where it lies; valid as long as the text.
    package enum Name {
        /// ASCII, and nothing escaped.
        case plain(UnsafeBufferPointer<UInt8>)
        case other(String)

        package var text: String {
            switch self {
            case .plain(let bytes): String(decoding: bytes, as: UTF8.self)
            case .other(let text): text
            }
        }

        package static func ~= (known: StaticString, name: Name) -> Bool {
            switch name {
            case .plain(let bytes):
                bytes.elementsEqual(UnsafeBufferPointer(start: known.utf8Start, count: known.utf8CodeUnitCount))
            case .other(let text): text == "\(known)"
            }
        }
    }
}

/// A text whose members are known: each goes where it belongs, and no tree is built.
extension JSONCursor {
    /// Calls `body` with each member's name; it reads or skips the value.
    ///
    /// - Returns: whether there is an object; `false` for null, which is passed over.
    /// - Throws: also for any other value.
    @discardableResult package mutating func members(
        _ body: (_ name: Name, _ cursor: inout JSONCursor) throws(Refusal) -> Void
    ) throws(Refusal) -> Bool {
        if try takeNull() { return false }
        guard peek == UInt8(ascii: "{") else { throw Refusal() }
        try nested { (cursor) throws(Refusal) in try cursor.eachMember(body) }
        return true
    }

    /// Calls `body` for each element; it reads or skips the value.
    ///
    /// - Returns: whether there is an array; `false` for null, which is passed over.
    /// - Throws: also for any other value.
    @discardableResult package mutating func elements(
        _ body: (_ cursor: inout JSONCursor) throws(Refusal) -> Void
    ) throws(Refusal) -> Bool {
        if try takeNull() { return false }
        guard peek == UInt8(ascii: "[") else { throw Refusal() }
        try nested { (cursor) throws(Refusal) in try cursor.eachElement(body) }
        return true
    }

    /// A string; `nil` for null.
    package mutating func text() throws(Refusal) -> String? {
        try takeNull() ? nil : try string()
    }

    /// A whole number; `nil` for null.
    package mutating func integer() throws(Refusal) -> Int? {
        if try takeNull() { return nil }
        switch try number() {
        case .number(let value):
            guard let whole = Int(exactly: value) else { throw Refusal() }
            return whole
        case .integer(let value): return Int(value)
        default: throw Refusal()
        }
    }

    /// A number; `nil` for null.
    package mutating func double() throws(Refusal) -> Double? {
        if try takeNull() { return nil }
        switch try number() {
        case .number(let value): return value
        case .integer(let value): return Double(value)
        default: throw Refusal()
        }
    }

    /// True or false; `nil` for null.
    package mutating func flag() throws(Refusal) -> Bool? {
        if try takeNull() { return nil }
        let isTrue = peek == UInt8(ascii: "t")
        _ = try isTrue ? word("true", .bool(true)) : word("false", .bool(false))
        return isTrue
    }

    /// Passes over a value, whatever it is.
    package mutating func skip() throws(Refusal) {
        skipSpaces()
        switch peek {
        case UInt8(ascii: "{"): try members { (_, cursor) throws(Refusal) in try cursor.skip() }
        case UInt8(ascii: "["): try elements { (cursor) throws(Refusal) in try cursor.skip() }
        case UInt8(ascii: "\""):
            let start = position
            if let stretch = try plainString(), stretch.isASCII { return }
            position = start
            _ = try string()
        default: _ = try value()
        }
    }

    /// To the value that comes, and behind it if it is null.
    private mutating func takeNull() throws(Refusal) -> Bool {
        skipSpaces()
        guard peek == UInt8(ascii: "n") else { return false }
        _ = try word("null", .null)
        return true
    }
}
