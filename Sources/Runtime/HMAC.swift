internal import CCrypto

/// Codes that only who knows a key can make: HMAC with SHA-256 (RFC 2104).
package enum HMAC {
    /// 32 bytes.
    package static func sha256(of message: some Sequence<UInt8>, key: [UInt8]) -> [UInt8] {
        let message = Array(message)
        return [UInt8](unsafeUninitializedCapacity: SHA256.byteCount) { code, count in
            // Without a pointer OpenSSL would take the key of the call before; an empty array may have none.
            _ =
                key.isEmpty
                ? CCrypto.HMAC(EVP_sha256(), "", 0, message, message.count, code.baseAddress, nil)
                : CCrypto.HMAC(EVP_sha256(), key, CInt(key.count), message, message.count, code.baseAddress, nil)
            count = SHA256.byteCount
        }
    }

    /// Takes as long for every wrong code of the right length, so that none can be guessed byte by byte.
    package static func isSHA256(_ code: [UInt8], of message: some Sequence<UInt8>, key: [UInt8]) -> Bool {
        let expected = sha256(of: message, key: key)
        return code.count == expected.count && CRYPTO_memcmp(code, expected, expected.count) == 0
    }
}
