import Runtime
import Testing

struct HMACTests {
    /// RFC 4231, and Python's `hmac.new(b"", b"", "sha256")`.
    @Test(
        arguments: [
            (
                Array(repeating: 0x0B, count: 20), "Hi There",
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
            ),
            (
                Array("Jefe".utf8), "what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
            ),
            ([], "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
        ] as [([UInt8], String, String)]
    )
    func `the codes are those of the standard`(key: [UInt8], message: String, code: String) {
        let own = HMAC.sha256(of: message.utf8, key: key)
        #expect(SHA256.hexadecimal(own) == code)
        #expect(HMAC.isSHA256(own, of: message.utf8, key: key))
    }

    @Test func `a code with one bit changed, or of another length, is refused`() {
        let message = Array("message".utf8)
        let key = Array("key".utf8)
        let code = HMAC.sha256(of: message, key: key)
        for place in 0..<code.count * 8 {
            var other = code
            other[place / 8] ^= 1 << (place % 8)
            #expect(!HMAC.isSHA256(other, of: message, key: key))
        }
        #expect(!HMAC.isSHA256([], of: message, key: key))
        #expect(!HMAC.isSHA256(code + [0], of: message, key: key))
        #expect(!HMAC.isSHA256(Array(code.dropLast()), of: message, key: key))
        #expect(!HMAC.isSHA256(code, of: message, key: Array("kez".utf8)))
    }
}
