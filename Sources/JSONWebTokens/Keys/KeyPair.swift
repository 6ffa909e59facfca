import CCrypto

/// A public key of OpenSSL, or a private one with it.
///
/// Unchecked, and safe: nothing changes the key after it was made, OpenSSL counts its references atomically, and every
/// operation has a context of its own.
final class KeyPair: @unchecked Sendable {
    let algorithm: TokenAlgorithm
    let isPrivate: Bool
    private let key: OpaquePointer

    /// RSA keys with fewer bits are broken or soon will be (RFC 7518 section 3.3).
    private static let fewestBits = 2_048

    /// Bytes of each number of a signature of P-256.
    private static let width = 32

    /// The key of a PEM file: private (`PRIVATE KEY`, `EC PRIVATE KEY`, …) or public (`PUBLIC KEY`).
    convenience init(pem: [UInt8]) throws(TokenKeyError) {
        defer { ERR_clear_error() }
        if let key = Self.read(pem, { PEM_read_bio_PrivateKey($0, nil, refusePassword, nil) }) {
            try self.init(owning: key, isPrivate: true)
        } else if let key = Self.read(pem, { PEM_read_bio_PUBKEY($0, nil, refusePassword, nil) }) {
            try self.init(owning: key, isPrivate: false)
        } else {
            throw TokenKeyError("holds neither a public nor a private key in PEM, or one that needs a password")
        }
    }

    /// A public key as certificates have it (SubjectPublicKeyInfo, RFC 5280 section 4.1.2.7).
    convenience init(publicKeyInfo der: [UInt8]) throws(TokenKeyError) {
        defer { ERR_clear_error() }
        let key = der.withUnsafeBufferPointer { bytes in
            var start = bytes.baseAddress
            return d2i_PUBKEY(nil, &start, bytes.count)
        }
        guard let key else { throw TokenKeyError("holds numbers that are no key") }
        try self.init(owning: key, isPrivate: false)
    }

    private init(owning key: OpaquePointer, isPrivate: Bool) throws(TokenKeyError) {
        self.key = key
        self.isPrivate = isPrivate
        switch EVP_PKEY_get_base_id(key) {
        case EVP_PKEY_EC where Self.curve(of: key) == "prime256v1": algorithm = .es256
        case EVP_PKEY_RSA where EVP_PKEY_get_bits(key) >= Self.fewestBits: algorithm = .rs256
        case EVP_PKEY_ED25519: algorithm = .edDSA
        default:
            EVP_PKEY_free(key)
            throw TokenKeyError("holds a key that is neither P-256, nor Ed25519, nor RSA of \(Self.fewestBits) bits")
        }
    }

    deinit { EVP_PKEY_free(key) }

    private static func read(_ pem: [UInt8], _ body: (OpaquePointer) -> OpaquePointer?) -> OpaquePointer? {
        pem.withUnsafeBytes { bytes in
            guard let source = BIO_new_mem_buf(bytes.baseAddress, CInt(clamping: bytes.count)) else { return nil }
            defer { BIO_free(source) }
            return body(source)
        }
    }

    private static func curve(of key: OpaquePointer) -> String {
        var name = [CChar](repeating: 0, count: 64)
        var count = 0
        guard EVP_PKEY_get_group_name(key, &name, name.count, &count) == 1 else { return "" }
        return String(decoding: name.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Ed25519 hashes by itself.
    private var digest: OpaquePointer? { algorithm == .edDSA ? nil : EVP_sha256() }

    func accepts(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        var signature = signature
        if algorithm == .es256 {
            guard signature.count == 2 * Self.width else { return false }
            signature = DER.sequence(
                DER.integer(signature.prefix(Self.width)),
                DER.integer(signature.suffix(Self.width))
            )
        }
        guard let context = EVP_MD_CTX_new() else { return false }
        defer {
            EVP_MD_CTX_free(context)
            ERR_clear_error()
        }
        return EVP_DigestVerifyInit(context, nil, digest, nil, key) == 1
            && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }

    func signature(of message: [UInt8]) throws(TokenKeyError) -> [UInt8] {
        guard let signature = sign(message) else { throw TokenKeyError("makes no signature") }
        guard algorithm == .es256 else { return signature }
        guard let pair = DER.pair(signature, width: Self.width) else {
            throw TokenKeyError("made a signature of another form")
        }
        return pair
    }

    private func sign(_ message: [UInt8]) -> [UInt8]? {
        guard isPrivate, let context = EVP_MD_CTX_new() else { return nil }
        defer {
            EVP_MD_CTX_free(context)
            ERR_clear_error()
        }
        var signature = [UInt8](repeating: 0, count: Int(EVP_PKEY_get_size(key)))
        var count = signature.count
        guard EVP_DigestSignInit(context, nil, digest, nil, key) == 1,
            EVP_DigestSign(context, &signature, &count, message, message.count) == 1
        else { return nil }
        return Array(signature.prefix(count))
    }
}

/// Without this OpenSSL would ask the terminal for the password of an encrypted key.
private func refusePassword(_: UnsafeMutablePointer<CChar>?, _: CInt, _: CInt, _: UnsafeMutableRawPointer?) -> CInt {
    -1
}
