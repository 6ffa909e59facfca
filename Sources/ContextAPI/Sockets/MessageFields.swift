import CJSONScanner
import ContextCore

/// The members of a message by their camel-case names, and what may be in them.
///
/// A member that is null counts as absent. Every sentence names the member, what was expected and what came.
struct MessageFields {
    private var values: [String: JSONSlice] = [:]
    private var names: Set<String> = []
    private var duplicate: String?

    /// Reads the value of the member `name` and remembers where it lies.
    mutating func read(_ name: String, _ reader: inout JSONReader) throws(JSONMalformed) {
        let value = try reader.value()
        if !claim(name) { duplicate = duplicate ?? name }
        values[name.camelCased] = value
    }

    /// Takes the member `name` for a reader of its own; another one of that name counts as a duplicate.
    ///
    /// - Returns: whether it is the first; another one is for ``read(_:_:)``, which notices it.
    mutating func claim(_ name: String) -> Bool { names.insert(name.camelCased).inserted }

    /// The members of an object that was read before.
    init(_ object: JSONSlice? = nil) {
        guard let object, object.kind == json_object else { return }
        var reader = object.reader
        var fields = self
        // The slice was checked when it was read, so walking it again meets no fault.
        try? reader.forEachMember { (name, reader) throws(JSONMalformed) in try fields.read(name, &reader) }
        self = fields
    }

    subscript(name: String) -> JSONSlice? {
        guard let value = values[name], !value.isNull else { return nil }
        return value
    }

    /// - Throws: when a member came twice: which of the two was meant can't be known.
    func check() throws(ContextError) {
        if let duplicate {
            throw .invalid(duplicate, "The member “\(duplicate.clipped(to: 40))” came twice.")
        }
    }

    /// The members of the object `name`, and these where it has none of that name.
    func nested(_ name: String) throws(ContextError) -> MessageFields {
        guard let value = self[name] else { return self }
        guard value.kind == json_object else { throw unexpected(name, value, "an object") }
        var fields = MessageFields(value)
        try fields.check()
        fields.values.merge(values) { inner, _ in inner }
        return fields
    }

    func string(_ name: String) throws(ContextError) -> String? {
        guard let value = self[name] else { return nil }
        guard let string = value.string else { throw unexpected(name, value, "a string") }
        return string
    }

    func flag(_ name: String) throws(ContextError) -> Bool? {
        guard let value = self[name] else { return nil }
        guard let flag = value.bool else { throw unexpected(name, value, "true or false") }
        return flag
    }

    func number(_ name: String, in range: ClosedRange<Double>) throws(ContextError) -> Double? {
        guard let value = self[name] else { return nil }
        guard let number = value.number, range.contains(number) else {
            throw unexpected(name, value, "a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A whole number, also written as `5.0`.
    func integer(_ name: String, in range: ClosedRange<Int>) throws(ContextError) -> Int? {
        guard let value = self[name] else { return nil }
        guard let number = value.number.flatMap(Int.init(exactly:)), range.contains(number) else {
            throw unexpected(name, value, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func id(_ name: String, limit: Int) throws(ContextError) -> ClientID? {
        guard let value = self[name] else { return nil }
        guard let id = value.clientID else { throw unexpected(name, value, "a string or a number") }
        guard id.text.utf8.count <= limit else {
            throw .invalid(name, "\(name) has \(id.text.utf8.count) bytes (max: \(limit)).")
        }
        return id
    }

    func vector(_ name: String, dimensions: Int) throws(ContextError) -> [Float] {
        guard let value = self[name] else {
            throw .invalid(name, "\(name) is required: an array of \(dimensions) numbers.")
        }
        guard let (numbers, info) = value.floats(capacity: dimensions) else {
            throw unexpected(name, value, "an array of \(dimensions) numbers")
        }
        guard info.stranger == info.count else {
            throw .invalid(name, "\(name) must be an array of numbers; element \(info.stranger) is none.")
        }
        guard info.count == dimensions else {
            throw .invalid(name, "Invalid dimensions: expected \(dimensions), got \(info.count)")
        }
        guard !info.not_finite else { throw .invalid(name, "Invalid vector values: contains NaN or Infinity") }
        return numbers
    }

    func filter(_ name: String, limit: Int) throws(ContextError) -> MetadataFilter? {
        guard let value = self[name] else { return nil }
        guard value.range.count <= limit else {
            throw .invalid(name, "\(name) has \(value.range.count) bytes (max: \(limit)). Shorten it.")
        }
        guard let tree = value.tree else {
            throw .invalid(name, "\(name) has a number that is not finite, or beyond a double.")
        }
        return try MetadataFilter(tree, parameter: name)
    }

    private func unexpected(_ name: String, _ value: JSONSlice, _ expected: String) -> ContextError {
        .invalid(name, "\(name) must be \(expected), not \(value.what).")
    }
}

extension MessageFields {
    func reference(limit: Int) throws(ContextError) -> MessageReference {
        MessageReference(requestID: try id("requestId", limit: limit), id: try id("id", limit: limit))
    }

    /// What can be read of the reference although the message is refused.
    func readableReference(limit: Int) -> MessageReference {
        func readable(_ name: String) -> ClientID? {
            self[name]?.clientID.flatMap { $0.text.utf8.count <= limit ? $0 : nil }
        }
        return MessageReference(requestID: readable("requestId"), id: readable("id"))
    }
}

extension JSONSlice {
    /// Walks the value again; the slice has been checked.
    var reader: JSONReader {
        JSONReader(UnsafeRawBufferPointer(start: text.bytes, count: range.upperBound), at: range.lowerBound)
    }
}
