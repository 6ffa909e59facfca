/// A place in a vector's metadata, for filters: `Field("source")`, or `Field("author.name")` inside an object.
///
/// A field that holds an array is met by each of its elements.
///
/// ```swift
/// let source = Field("source"), page = Field("page")
/// let filter = source == "a.pdf" && (page >= 3 || !page.exists)
/// ```
public struct Field: Sendable {
    let path: String

    public init(_ path: String) {
        self.path = path
    }

    public static func == (field: Field, value: JSONValue) -> Filter { field.compare("$eq", value) }
    public static func != (field: Field, value: JSONValue) -> Filter { field.compare("$ne", value) }
    public static func < (field: Field, value: JSONValue) -> Filter { field.compare("$lt", value) }
    public static func <= (field: Field, value: JSONValue) -> Filter { field.compare("$lte", value) }
    public static func > (field: Field, value: JSONValue) -> Filter { field.compare("$gt", value) }
    public static func >= (field: Field, value: JSONValue) -> Filter { field.compare("$gte", value) }

    /// One of the values.
    public func isOne(of values: [JSONValue]) -> Filter { compare("$in", .array(values)) }

    /// None of the values; also where the field is missing.
    public func isNone(of values: [JSONValue]) -> Filter { compare("$nin", .array(values)) }

    /// Whether the field is there at all.
    public var exists: Filter { compare("$exists", true) }

    private func compare(_ operation: String, _ value: JSONValue) -> Filter {
        Filter(json: [path: .object([operation: value])])
    }
}

/// Which vectors a search may find, by their metadata: made of ``Field`` comparisons with `&&`, `||` and `!`.
public struct Filter: Hashable, Sendable {
    /// The filter as the server reads it.
    public let json: JSONValue

    /// A filter that is JSON already, as in `["page": ["$gte": 3]]`.
    ///
    /// The server refuses an operator that it doesn't know, by its name.
    public init(json: JSONValue) {
        self.json = json
    }

    public static func && (left: Filter, right: Filter) -> Filter {
        Filter(json: ["$and": .array(left.parts(of: "$and") + right.parts(of: "$and"))])
    }

    public static func || (left: Filter, right: Filter) -> Filter {
        Filter(json: ["$or": .array(left.parts(of: "$or") + right.parts(of: "$or"))])
    }

    public static prefix func ! (filter: Filter) -> Filter { Filter(json: ["$not": filter.json]) }

    /// The parts of a filter that only joins parts in the same way: a chain stays flat.
    private func parts(of operation: String) -> [JSONValue] {
        if case .object(let members) = json, members.count == 1, case .array(let parts)? = members[operation] {
            return parts
        }
        return [json]
    }
}
