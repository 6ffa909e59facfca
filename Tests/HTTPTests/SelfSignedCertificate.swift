import CCrypto
import HTTP
import TestSupport
import Testing

/// A key and a certificate for 127.0.0.1 that nobody but its own test trusts, valid for an hour.
struct SelfSignedCertificate {
    let tls: ServerConfiguration.TLS

    init(in folder: TemporaryFolder) throws {
        let paths = (certificate: folder.newFile("certificate.pem"), key: folder.newFile("key.pem"))
        let key = try Self.key()
        defer { EVP_PKEY_free(key) }
        let certificate = try #require(X509_new())
        defer { X509_free(certificate) }
        X509_set_version(certificate, 2)
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1)
        X509_gmtime_adj(X509_getm_notBefore(certificate), -60)
        X509_gmtime_adj(X509_getm_notAfter(certificate), 3_600)
        let name = X509_get_subject_name(certificate)
        try #require(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, "Roost's tests", -1, -1, 0) == 1)
        X509_set_issuer_name(certificate, name)
        let address = try #require(X509V3_EXT_nconf_nid(nil, nil, NID_subject_alt_name, "IP:127.0.0.1"))
        defer { X509_EXTENSION_free(address) }
        X509_add_ext(certificate, address, -1)
        X509_set_pubkey(certificate, key)
        try #require(X509_sign(certificate, key, nil) > 0)
        try Self.write(to: paths.certificate) { PEM_write_bio_X509($0, certificate) }
        try Self.write(to: paths.key) { PEM_write_bio_PKCS8PrivateKey($0, key, nil, nil, 0, nil, nil) }
        tls = ServerConfiguration.TLS(certificateChain: paths.certificate, privateKey: paths.key)
    }

    /// Ed25519: made in no time.
    private static func key() throws -> OpaquePointer {
        let context = try #require(EVP_PKEY_CTX_new_id(NID_ED25519, nil))
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        try #require(EVP_PKEY_keygen_init(context) == 1 && EVP_PKEY_keygen(context, &key) == 1)
        return try #require(key)
    }

    private static func write(to path: String, _ body: (OpaquePointer) -> Int32) throws {
        let file = try #require(BIO_new_file(path, "w"))
        defer { BIO_free(file) }
        try #require(body(file) == 1)
    }
}
