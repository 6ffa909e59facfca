extension JSONValue: CustomStringConvertible {
    /// Canonical JSON: members sorted by key, no spaces, whole numbers without a fraction.
    ///
    /// Equal values have equal texts, so it serves as a key, for hashing and for counting bytes.
    package var description: String {
        var json = JSONWriter()
        write(to: &json)
        return String(decoding: json.bytes, as: UTF8.self)
    }

    /// For people: a string as it is, the rest as canonical JSON.
    package var plainText: String {
        if case .string(let value) = self { value } else { description }
    }
}
