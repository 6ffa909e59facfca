/// The keys by which tokens are checked; several, so that one can follow another.
package struct KeySet: Sendable {
    package private(set) var keys: [TokenKey]

    package init(_ keys: [TokenKey] = []) {
        self.keys = keys
    }

    /// The content of a file: one PEM key, or JSON Web Keys (RFC 7517), alone or as a set.
    ///
    /// - Throws: ``TokenKeyError`` when there is no key in it that can be used.
    package init(file: [UInt8]) throws(TokenKeyError) {
        guard file.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") else {
            keys = [TokenKey(try KeyPair(pem: file), id: nil)]
            return
        }
        keys = try JSONWebKey.keys(in: file)
    }

    package var isEmpty: Bool { keys.isEmpty }

    /// The first that can make tokens.
    package var signing: SigningKey? { keys.lazy.compactMap(SigningKey.init).first }

    package mutating func add(_ key: TokenKey) { keys.append(key) }

    package mutating func add(_ others: KeySet) { keys += others.keys }
}
