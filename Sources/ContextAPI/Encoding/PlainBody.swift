import ContextCore

/// A body that reads itself from its text where nothing about that is unusual, in a seventh of a decoder's time: for a small
/// chat request that was a tenth of all that Roost does.
///
/// Everything else is the decoder's, errors above all: a type that refuses is decoded from the beginning. So both must take
/// the same text for the same value, and ``read(_:_:)`` need not know every member.
protocol PlainBody: Decodable {
    init()

    /// Takes the value of a member; each comes once.
    ///
    /// - Throws: for a member, or a value, that is the decoder's.
    mutating func read(_ name: JSONCursor.Name, _ json: inout JSONCursor) throws(JSONCursor.Refusal)

    /// Whether every member is there that has to be.
    var isWhole: Bool { get }
}

extension PlainBody {
    /// `nil` for a text that is the decoder's.
    init?(plain text: UnsafeRawBufferPointer) {
        let body = text.withMemoryRebound(to: UInt8.self) { text in
            var json = JSONCursor(text)
            return try? Self(plain: &json)
        }
        guard let body else { return nil }
        self = body
    }

    private init(plain json: inout JSONCursor) throws(JSONCursor.Refusal) {
        self.init()
        var names: [UnsafeBufferPointer<UInt8>] = []
        let isObject = try json.members { name, json throws(JSONCursor.Refusal) in
            guard case .plain(let bytes) = name, !names.contains(where: { $0.elementsEqual(bytes) }) else {
                throw JSONCursor.Refusal()
            }
            names.append(bytes)
            try read(name, &json)
        }
        try json.end()
        guard isObject, isWhole else { throw JSONCursor.Refusal() }
    }
}
