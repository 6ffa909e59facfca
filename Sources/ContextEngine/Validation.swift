package import ContextCore

/// Checks that several operations share; every refusal names the field, the value and the limit.
package enum Validation {
    /// `text` without surrounding white space.
    package static func text(_ text: String, _ field: String, limit: Int) throws(ContextError) -> String {
        let trimmed = text.trimmed
        guard !trimmed.isEmpty else { throw .invalid(field, "\(field) is empty; send 1 to \(limit) characters.") }
        let count = trimmed.count
        guard count <= limit else {
            throw .invalid(field, "\(field) has \(count) characters (max: \(limit)). Shorten it.")
        }
        return trimmed
    }

    package static func identifier(_ id: String, _ field: String, limit: Int) throws(ContextError) {
        guard (1...limit).contains(id.count), id.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
        else {
            throw .invalid(
                field,
                "\(field) “\(id.clipped(to: 40))” has \(id.count) characters; use 1 to \(limit) without control characters."
            )
        }
    }

    package static func metadata(_ metadata: JSONValue, limit: Int) throws(ContextError) {
        guard metadata.objectValue != nil else {
            throw .invalid("metadata", "metadata is an object, not \(metadata.description.clipped(to: 40)).")
        }
        let bytes = metadata.description.utf8.count
        guard bytes <= limit else {
            throw .invalid("metadata", "Metadata too large: \(bytes) bytes (max: \(limit) bytes).")
        }
    }
}

extension String {
    var trimmed: String {
        let start = drop { $0.isWhitespace }
        return String(start.reversed().drop { $0.isWhitespace }.reversed())
    }
}
