/// A key as JSON (RFC 7517, RFC 7518 section 6, RFC 8037).
///
/// Only what checks signatures is read: a private key in it stays unread.
struct JSONWebKey: Decodable {
    var kty: String
    var kid: String?
    var use: String?
    var alg: String?
    var crv: String?
    var x: String?
    var y: String?
    var n: String?
    var e: String?
    var k: String?

    private struct List: Decodable {
        let keys: [JSONWebKey]
    }

    /// The keys of a set, or the one that stands alone.
    ///
    /// Those of other kinds, or for encryption, are passed over, as section 5 wants it.
    static func keys(in file: [UInt8]) throws(TokenKeyError) -> [TokenKey] {
        let read: [JSONWebKey]
        do {
            read =
                try (try? StrictJSON.decode(List.self, from: file).keys) ?? [StrictJSON.decode(Self.self, from: file)]
        } catch {
            throw TokenKeyError("holds neither a JSON Web Key nor a set of them")
        }
        var keys: [TokenKey] = []
        for key in read { if let key = try key.key { keys.append(key) } }
        guard !keys.isEmpty else { throw TokenKeyError("holds no key for HS256, RS256, ES256 or EdDSA") }
        return keys
    }

    /// - Returns: `nil` for a key of another kind.
    private var key: TokenKey? {
        get throws(TokenKeyError) {
            guard use == nil || use == "sig" else { return nil }
            let key: TokenKey
            switch (kty, crv) {
            case ("oct", _): key = try TokenKey(secret: try number(k, "k"), id: kid)
            case ("EC", "P-256"):
                let point = try [number(x, "x", count: 32), number(y, "y", count: 32)].flatMap(\.self)
                key = TokenKey(try KeyPair(publicKeyInfo: Self.p256 + point), id: kid)
            case ("OKP", "Ed25519"):
                key = TokenKey(try KeyPair(publicKeyInfo: Self.ed25519 + number(x, "x", count: 32)), id: kid)
            case ("RSA", _):
                let numbers = DER.sequence(DER.integer(try number(n, "n")), DER.integer(try number(e, "e")))
                let info = DER.sequence(Self.rsa, DER.bitString(numbers))
                key = TokenKey(try KeyPair(publicKeyInfo: info), id: kid)
            default: return nil
            }
            return alg == nil || alg == key.algorithm.rawValue ? key : nil
        }
    }

    private func number(_ text: String?, _ name: String, count: Int? = nil) throws(TokenKeyError) -> [UInt8] {
        guard let bytes = text.flatMap({ Base64URL.decode($0) }), count == nil || bytes.count == count else {
            throw TokenKeyError("holds a key of kind \(kty) whose “\(name)” is missing or not as it should be")
        }
        return bytes
    }

    /// SubjectPublicKeyInfo up to the point's coordinates: id-ecPublicKey, prime256v1, a bit string, not compressed.
    private static let p256: [UInt8] = [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48,
        0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
    ]

    /// The same of Ed25519 (RFC 8410).
    private static let ed25519: [UInt8] = [
        0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00,
    ]

    /// The algorithm rsaEncryption without parameters.
    private static let rsa: [UInt8] = [
        0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00,
    ]
}
