extension SQL {
    /// Collects literals as text and everything else as bindings.
    package struct Interpolation: StringInterpolationProtocol, Sendable {
        var statement: SQL = ""

        package init(literalCapacity: Int, interpolationCount: Int) {}

        package mutating func appendLiteral(_ literal: StaticString) {
            statement.append(literal: literal.description)
        }

        package mutating func appendInterpolation(_ value: Value) { statement.append(binding: value) }
        package mutating func appendInterpolation(_ text: String) { statement.append(binding: .text(text)) }
        package mutating func appendInterpolation(_ number: Int) { statement.append(binding: .integer(Int64(number))) }
        package mutating func appendInterpolation(_ number: Int64) { statement.append(binding: .integer(number)) }
        package mutating func appendInterpolation(_ number: Double) { statement.append(binding: .real(number)) }
        package mutating func appendInterpolation(_ flag: Bool) { statement.append(binding: .integer(flag ? 1 : 0)) }
        package mutating func appendInterpolation(_ bytes: [UInt8]) { statement.append(binding: .blob(bytes)) }

        package mutating func appendInterpolation(_ text: String?) { append(text, Value.text) }
        package mutating func appendInterpolation(_ number: Int?) { append(number) { .integer(Int64($0)) } }
        package mutating func appendInterpolation(_ number: Int64?) { append(number, Value.integer) }
        package mutating func appendInterpolation(_ number: Double?) { append(number, Value.real) }
        package mutating func appendInterpolation(_ flag: Bool?) { append(flag) { .integer($0 ? 1 : 0) } }
        package mutating func appendInterpolation(_ bytes: [UInt8]?) { append(bytes, Value.blob) }

        /// A part of a statement with its own bindings.
        package mutating func appendInterpolation(_ part: SQL) { statement += part }

        /// The name of a table or a column, known at compile time and quoted.
        package mutating func appendInterpolation(identifier: StaticString) {
            let name = identifier.description.split(separator: "\"", omittingEmptySubsequences: false)
            statement.append(literal: "\"" + name.joined(separator: "\"\"") + "\"")
        }

        /// What stands in the parentheses of `IN (…)`; an empty list matches nothing (and `NOT IN` everything).
        package mutating func appendInterpolation(list: [Int64]) {
            append(list: list.map(Value.integer), empty: "SELECT 0 WHERE FALSE")
        }

        /// What stands in the parentheses of `IN (…)`; an empty list matches nothing (and `NOT IN` everything).
        package mutating func appendInterpolation(list: [String]) {
            append(list: list.map(Value.text), empty: "SELECT '' WHERE FALSE")
        }

        private mutating func append<Wrapped>(_ wrapped: Wrapped?, _ value: (Wrapped) -> Value) {
            statement.append(binding: wrapped.map(value) ?? .null)
        }

        /// Repeats the last value until the count is a power of two.
        ///
        /// That leaves the meaning alone, and lists of all lengths share a handful of prepared statements instead of
        /// filling the cache. An empty list is a query without rows because `IN ()` is SQLite's alone.
        private mutating func append(list: [Value], empty: String) {
            guard let last = list.last else { return statement.append(literal: empty) }
            var capacity = 1
            while capacity < list.count { capacity *= 2 }
            for index in 0..<capacity {
                if index > 0 { statement.append(literal: ", ") }
                statement.append(binding: index < list.count ? list[index] : last)
            }
        }
    }
}
