/// A statement whose interpolated values are bound, never pasted.
///
///     try await connection.query("SELECT text FROM passage WHERE scope = \(scope.path)")
///
/// Statements join with `+`, which is how optional conditions are written. Outside text cannot become part of the
/// statement, the compiler sees to it: a literal is a `StaticString`, a `String` is always a binding.
///
/// The text has a `?` for each binding, which SQLite reads as it is; a driver that numbers its parameters puts them
/// between ``pieces``.
package struct SQL: Sendable, Hashable, ExpressibleByStringInterpolation {
    /// What a database stores in one column of one row.
    package enum Value: Sendable, Hashable {
        case null
        case integer(Int64)
        case real(Double)
        case text(String)
        case blob([UInt8])
    }

    package private(set) var text: String
    package private(set) var bindings: [Value]

    /// Where in `text.utf8` the placeholder of each binding stands, ascending.
    private var placeholders: [Int]

    package init(stringLiteral value: StaticString) {
        self.init(trusted: value.description)
    }

    package init(stringInterpolation interpolation: Interpolation) {
        self = interpolation.statement
    }

    /// For text that a driver puts together itself from what it knows.
    init(trusted text: String) {
        self.text = text
        bindings = []
        placeholders = []
    }

    /// The text around the bindings: binding *i* belongs between pieces *i* and *i + 1*.
    package var pieces: [String] {
        let utf8 = text.utf8
        let starts = [0] + placeholders.map { $0 + 1 }
        let ends = placeholders + [utf8.count]
        return zip(starts, ends).map { start, end in
            String(Substring(utf8.dropFirst(start).prefix(end - start)))
        }
    }

    package static func + (left: SQL, right: SQL) -> SQL {
        var joined = left
        joined += right
        return joined
    }

    package static func += (left: inout SQL, right: SQL) {
        let offset = left.text.utf8.count
        left.text += right.text
        left.bindings += right.bindings
        left.placeholders += right.placeholders.map { $0 + offset }
    }

    mutating func append(literal: String) {
        text += literal
    }

    mutating func append(binding: Value) {
        placeholders.append(text.utf8.count)
        text += "?"
        bindings.append(binding)
    }
}
