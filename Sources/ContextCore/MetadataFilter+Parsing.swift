extension MetadataFilter {
    package struct Limits: Sendable {
        /// Levels of nested operators; the deepest filter that a person would write has four.
        package var depth = 16

        /// Conditions, operators around filters, empty filters and listed values: each costs a pass over a set of passages.
        package var conditions = 1_000

        /// UTF-8 bytes of a path.
        package var pathBytes = 1_024

        /// Parts of a path between its dots: each object is asked for every beginning of the path.
        package var pathParts = 32

        package init() {}
    }

    /// Reads the JSON form; `null` is no filter.
    ///
    /// - Throws: ``ContextError`` (invalid request) that names the operator, the path or the limit. An unknown operator
    ///   is never ignored: it would widen the result to what was meant to be left out.
    package init?(_ json: JSONValue, parameter: String = "filter", limits: Limits = Limits()) throws(ContextError) {
        if json == .null { return nil }
        var parser = Parser(parameter: parameter, limits: limits)
        self = try parser.filter(json, depth: 1)
    }

    private struct Parser {
        let parameter: String
        let limits: Limits
        var conditions = 0

        mutating func filter(_ json: JSONValue, depth: Int) throws(ContextError) -> MetadataFilter {
            guard depth <= limits.depth else {
                throw refuse("The filter is nested more than \(limits.depth) levels deep. Flatten it with $in or $and.")
            }
            guard let members = json.objectValue else {
                throw refuse("A filter is an object such as {\"source\":{\"$eq\":\"a.pdf\"}}, not \(excerpt(json)).")
            }
            if members.isEmpty { try count(1) }
            var parts: [MetadataFilter] = []
            for (key, value) in members.sorted(by: { $0.key < $1.key }) {
                parts.append(try member(key, value, depth: depth))
            }
            return parts.count == 1 ? parts[0] : .all(parts)
        }

        private mutating func member(_ key: String, _ value: JSONValue, depth: Int) throws(ContextError)
            -> MetadataFilter
        {
            switch key {
            case "$and": return .all(try list(key, value, depth: depth))
            case "$or": return .any(try list(key, value, depth: depth))
            case "$not":
                try count(1)
                return .not(try filter(value, depth: depth + 1))
            case let key where key.hasPrefix("$"): throw unknown(key)
            default:
                try check(path: key)
                return try condition(key, value, depth: depth)
            }
        }

        private func check(path: String) throws(ContextError) {
            let bytes = path.utf8.count
            guard bytes <= limits.pathBytes else {
                throw refuse(
                    "The path “\(path.clipped(to: 40))” has \(bytes) bytes (max: \(limits.pathBytes)). Use shorter keys."
                )
            }
            let parts = 1 + path.utf8.count { $0 == UInt8(ascii: ".") }
            guard parts <= limits.pathParts else {
                throw refuse(
                    "The path “\(path.clipped(to: 40))” has \(parts) parts (max: \(limits.pathParts)). "
                        + "Nest the metadata less deeply, or use keys with fewer dots."
                )
            }
        }

        private mutating func list(
            _ key: String,
            _ value: JSONValue,
            depth: Int
        ) throws(ContextError) -> [MetadataFilter] {
            guard case .array(let elements) = value else {
                throw refuse("\(key) takes an array of filters, not \(excerpt(value)).")
            }
            try count(1)
            var filters: [MetadataFilter] = []
            for element in elements { filters.append(try filter(element, depth: depth + 1)) }
            return filters
        }

        /// `{"path": value}` or `{"path": {"$operator": value, …}}`.
        private mutating func condition(
            _ path: String,
            _ value: JSONValue,
            depth: Int
        ) throws(ContextError) -> MetadataFilter {
            guard depth <= limits.depth else {
                throw refuse("The filter is nested more than \(limits.depth) levels deep. Flatten it with $in or $and.")
            }
            guard let operators = value.objectValue, operators.keys.contains(where: { $0.hasPrefix("$") }) else {
                try count(1)
                return .equals(path: path, value)
            }
            var parts: [MetadataFilter] = []
            for (name, operand) in operators.sorted(by: { $0.key < $1.key }) {
                parts.append(try apply(name, operand, to: path, depth: depth))
            }
            return parts.count == 1 ? parts[0] : .all(parts)
        }

        private mutating func apply(
            _ name: String,
            _ operand: JSONValue,
            to path: String,
            depth: Int
        ) throws(ContextError) -> MetadataFilter {
            try count(1)
            switch name {
            case "$eq": return .equals(path: path, operand)
            case "$ne": return .not(.equals(path: path, operand))
            case "$in": return .isOneOf(path: path, try values(name, operand))
            case "$nin": return .not(.isOneOf(path: path, try values(name, operand)))
            case "$not": return .not(try condition(path, operand, depth: depth + 1))
            case "$exists": return try existence(operand, of: path)
            default:
                guard let comparison = Comparison(rawValue: name) else { throw unknown(name) }
                return .compares(path: path, comparison, try bound(name, operand))
            }
        }

        private func existence(_ operand: JSONValue, of path: String) throws(ContextError) -> MetadataFilter {
            guard case .bool(let expected) = operand else {
                throw refuse("$exists takes true or false, not \(excerpt(operand)).")
            }
            return expected ? .exists(path: path) : .not(.exists(path: path))
        }

        private func bound(_ name: String, _ operand: JSONValue) throws(ContextError) -> JSONValue {
            switch operand {
            case .number, .integer, .string: return operand
            default: throw refuse("\(name) compares numbers or strings, not \(excerpt(operand)).")
            }
        }

        private mutating func values(_ name: String, _ operand: JSONValue) throws(ContextError) -> [JSONValue] {
            guard case .array(let elements) = operand else {
                throw refuse("\(name) takes an array of values, not \(excerpt(operand)).")
            }
            try count(elements.count)
            return elements
        }

        private mutating func count(_ more: Int) throws(ContextError) {
            conditions += more
            guard conditions <= limits.conditions else {
                throw refuse(
                    "The filter has more than \(limits.conditions) conditions, operators and listed values. Split the request."
                )
            }
        }

        private func unknown(_ name: String) -> ContextError {
            refuse(
                "Unknown filter operator “\(name.clipped(to: 40))”. Known: $eq $ne $in $nin $gt $gte $lt $lte $exists $and $or $not."
            )
        }

        private func excerpt(_ value: JSONValue) -> String { value.description.clipped(to: 60) }

        private func refuse(_ message: String) -> ContextError { .invalid(parameter, message) }
    }
}
