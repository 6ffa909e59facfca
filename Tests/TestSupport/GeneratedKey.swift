import CCrypto
import Testing

/// A key pair that only its test knows, as PEM texts.
package struct GeneratedKey {
    package enum Kind: CaseIterable, Sendable {
        case p256, p384, rsa2048, rsa1024, ed25519
    }

    package let privatePEM: String
    package let publicPEM: String

    package init(_ kind: Kind) throws {
        let key = try Self.make(kind)
        defer { EVP_PKEY_free(key) }
        privatePEM = try Self.text { PEM_write_bio_PKCS8PrivateKey($0, key, nil, nil, 0, nil, nil) }
        publicPEM = try Self.text { PEM_write_bio_PUBKEY($0, key) }
    }

    private static func make(_ kind: Kind) throws -> OpaquePointer {
        let type =
            switch kind {
            case .p256, .p384: EVP_PKEY_EC
            case .rsa2048, .rsa1024: EVP_PKEY_RSA
            case .ed25519: EVP_PKEY_ED25519
            }
        let context = try #require(EVP_PKEY_CTX_new_id(type, nil))
        defer { EVP_PKEY_CTX_free(context) }
        try #require(EVP_PKEY_keygen_init(context) == 1)
        switch kind {
        case .p256: EVP_PKEY_CTX_set_group_name(context, "P-256")
        case .p384: EVP_PKEY_CTX_set_group_name(context, "P-384")
        case .rsa2048: EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2_048)
        case .rsa1024: EVP_PKEY_CTX_set_rsa_keygen_bits(context, 1_024)
        case .ed25519: break
        }
        var key: OpaquePointer?
        try #require(EVP_PKEY_keygen(context, &key) == 1)
        return try #require(key)
    }

    private static func text(_ write: (OpaquePointer) -> CInt) throws -> String {
        let memory = try #require(BIO_new(BIO_s_mem()))
        defer { BIO_free(memory) }
        try #require(write(memory) == 1)
        var bytes = [UInt8](repeating: 0, count: 16_384)
        let count = BIO_read(memory, &bytes, CInt(bytes.count))
        return String(decoding: bytes.prefix(Int(count)), as: UTF8.self)
    }
}
