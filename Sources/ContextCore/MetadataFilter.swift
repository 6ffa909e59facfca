/// A condition on metadata, as every way in understands it.
///
/// A path that leads to an array reaches the array and each of its elements; a positive condition holds when one of
/// the reached values meets it. `ne`, `nin` and `not` are complements, so they also hold where the path leads nowhere.
package indirect enum MetadataFilter: Hashable, Sendable {
    case equals(path: String, JSONValue)
    case isOneOf(path: String, [JSONValue])
    case compares(path: String, Comparison, JSONValue)
    case exists(path: String)
    case all([MetadataFilter])
    case any([MetadataFilter])
    case not(MetadataFilter)

    package enum Comparison: String, Hashable, Sendable {
        case greater = "$gt"
        case greaterOrEqual = "$gte"
        case less = "$lt"
        case lessOrEqual = "$lte"

        /// Numbers compare with numbers and strings with strings (by scalars, so ISO dates sort right); nothing else does.
        package func holds(_ value: JSONValue, _ bound: JSONValue) -> Bool {
            switch (value, bound) {
            case (.number(let left), .number(let right)): holds(left, right)
            case (.integer(let left), .integer(let right)): holds(left, right)
            case (.integer(let left), .number(let right)): holds(left, right)
            case (.number(let left), .integer(let right)): holds(left, right)
            case (.string(let left), .string(let right)): holds(left, right)
            default: false
            }
        }

        private func holds<Value: Comparable>(_ left: Value, _ right: Value) -> Bool {
            switch self {
            case .greater: left > right
            case .greaterOrEqual: left >= right
            case .less: left < right
            case .lessOrEqual: left <= right
            }
        }

        /// Rounding keeps the order to every double but the one that it leads to; to that one the digits decide.
        private func holds(_ left: Int64, _ right: Double) -> Bool {
            Double(left) == right ? holds(Int128(left), Int128(right)) : holds(Double(left), right)
        }

        private func holds(_ left: Double, _ right: Int64) -> Bool {
            left == Double(right) ? holds(Int128(left), Int128(right)) : holds(left, Double(right))
        }
    }

    package func matches(_ metadata: JSONValue) -> Bool {
        switch self {
        case .equals(let path, let expected): metadata.containsValue(at: path) { $0 == expected }
        case .isOneOf(let path, let expected): metadata.containsValue(at: path) { expected.contains($0) }
        case .compares(let path, let comparison, let bound):
            metadata.containsValue(at: path) { comparison.holds($0, bound) }
        case .exists(let path): metadata.containsValue(at: path) { _ in true }
        case .all(let filters): filters.allSatisfy { $0.matches(metadata) }
        case .any(let filters): filters.contains { $0.matches(metadata) }
        case .not(let filter): !filter.matches(metadata)
        }
    }
}
