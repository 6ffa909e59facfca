package import Runtime

/// A key, for one algorithm; it prints without what is secret in it.
package struct TokenKey: Sendable, CustomStringConvertible, CustomReflectable {
    /// Bytes of a secret: HS256 wants as many as its hash has (RFC 7518 section 3.2).
    package static let fewestSecretBytes = 32

    package let algorithm: TokenAlgorithm

    /// What tokens may call it by; `nil` for a key without a name.
    package let id: String?
    private let material: Material

    private enum Material: Sendable {
        case secret([UInt8])
        case pair(KeyPair)
    }

    /// - Throws: ``TokenKeyError`` for a secret that can be guessed, and for a PEM text: a public key is no secret.
    package init(secret: Secret, id: String? = nil) throws(TokenKeyError) {
        let text = secret.reveal()
        guard !text.hasPrefix("-----BEGIN") else {
            throw TokenKeyError("is a PEM text, and no secret; a key belongs into a file of its own")
        }
        try self.init(secret: Array(text.utf8), id: id)
    }

    init(secret: [UInt8], id: String?) throws(TokenKeyError) {
        guard secret.count >= Self.fewestSecretBytes else {
            throw TokenKeyError("has \(secret.count) bytes; HS256 needs at least \(Self.fewestSecretBytes)")
        }
        algorithm = .hs256
        self.id = id
        material = .secret(secret)
    }

    init(_ pair: KeyPair, id: String?) {
        algorithm = pair.algorithm
        self.id = id
        material = .pair(pair)
    }

    /// Whether it makes signatures, or only checks them.
    package var canSign: Bool {
        switch material {
        case .secret: true
        case .pair(let pair): pair.isPrivate
        }
    }

    func accepts(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        switch material {
        case .secret(let secret): HMAC.isSHA256(signature, of: message, key: secret)
        case .pair(let pair): pair.accepts(signature, of: message)
        }
    }

    func signature(of message: [UInt8]) throws(TokenKeyError) -> [UInt8] {
        switch material {
        case .secret(let secret): HMAC.sha256(of: message, key: secret)
        case .pair(let pair): try pair.signature(of: message)
        }
    }

    package var description: String { "\(algorithm.rawValue) \(id ?? "without a name")" }
    package var customMirror: Mirror { Mirror(self, children: ["algorithm": algorithm.rawValue]) }
}
