/// A type that a column's value can be read as.
///
/// Reading is strict: an integer is not a text, a text is not a number. The one widening is integer to `Double`,
/// because a column without a declared type stores 1.0 as it likes.
package protocol SQLDecodable {
    /// How error messages name the type.
    static var sqlTypeName: String { get }

    /// `nil` if the value is of another type or out of range.
    init?(_ value: SQL.Value)
}

extension Int64: SQLDecodable {
    package static var sqlTypeName: String { "integer" }
    package init?(_ value: SQL.Value) {
        guard case .integer(let number) = value else { return nil }
        self = number
    }
}

extension Int: SQLDecodable {
    package static var sqlTypeName: String { "integer" }
    package init?(_ value: SQL.Value) {
        guard case .integer(let number) = value else { return nil }
        self.init(exactly: number)
    }
}

extension Double: SQLDecodable {
    package static var sqlTypeName: String { "real" }
    package init?(_ value: SQL.Value) {
        switch value {
        case .real(let number): self = number
        case .integer(let number): self.init(exactly: number)
        default: return nil
        }
    }
}

extension Bool: SQLDecodable {
    package static var sqlTypeName: String { "boolean (integer 0 or 1)" }
    package init?(_ value: SQL.Value) {
        switch value {
        case .integer(0): self = false
        case .integer(1): self = true
        default: return nil
        }
    }
}

extension String: SQLDecodable {
    package static var sqlTypeName: String { "text" }
    package init?(_ value: SQL.Value) {
        guard case .text(let text) = value else { return nil }
        self = text
    }
}

extension [UInt8]: SQLDecodable {
    package static var sqlTypeName: String { "blob" }
    package init?(_ value: SQL.Value) {
        guard case .blob(let bytes) = value else { return nil }
        self = bytes
    }
}

extension Optional: SQLDecodable where Wrapped: SQLDecodable {
    package static var sqlTypeName: String { Wrapped.sqlTypeName + " or null" }
    package init?(_ value: SQL.Value) {
        if case .null = value {
            self = Self.none
        } else {
            guard let wrapped = Wrapped(value) else { return nil }
            self = .some(wrapped)
        }
    }
}
