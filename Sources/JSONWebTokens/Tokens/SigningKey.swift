import FoundationEssentials

/// A key that can make tokens: a secret, or the private half of a pair.
package struct SigningKey: Sendable {
    private let key: TokenKey

    /// `nil` for a public key.
    package init?(_ key: TokenKey) {
        guard key.canSign else { return nil }
        self.key = key
    }

    package var algorithm: TokenAlgorithm { key.algorithm }

    /// A token in compact form.
    ///
    /// - Throws: ``TokenKeyError`` when the library refuses, or what `claims` throw when they are encoded.
    package func sign(_ claims: some Encodable, type: String = "JWT") throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let header = try encoder.encode(Header(alg: key.algorithm.rawValue, kid: key.id, typ: type))
        let input = Base64URL.encode(header) + "." + Base64URL.encode(try encoder.encode(claims))
        return input + "." + Base64URL.encode(try key.signature(of: Array(input.utf8)))
    }

    private struct Header: Encodable {
        let alg: String
        let kid: String?
        let typ: String
    }
}
