import JSONWebTokens
import Runtime
import TestSupport
import Testing

struct KeySetTests {
    @Test(arguments: [GeneratedKey.Kind.p384, .rsa1024])
    func `a key that no algorithm here is for is refused`(kind: GeneratedKey.Kind) throws {
        let key = try GeneratedKey(kind)
        for pem in [key.privatePEM, key.publicPEM] {
            #expect(throws: TokenKeyError.self) { try KeySet(file: Array(pem.utf8)) }
        }
    }

    @Test func `a private key signs, a public one does not, and neither prints`() throws {
        let key = try GeneratedKey(.p256)
        #expect(try KeySet(file: Array(key.privatePEM.utf8)).signing != nil)
        #expect(try KeySet(file: Array(key.publicPEM.utf8)).signing == nil)
        let secretKey = try TokenKey(secret: Secret(secret))
        for text in ["\(secretKey)", String(reflecting: secretKey), "\(Mirror(reflecting: secretKey).children)"] {
            #expect(!text.contains("secret") && !text.contains("115, 101"), "\(text)")
        }
    }

    @Test func `a secret that can be guessed is refused with its length`() {
        #expect(throws: TokenKeyError.self) { try TokenKey(secret: Secret("")) }
        #expect {
            try TokenKey(secret: Secret(String(repeating: "x", count: 31)))
        } throws: {
            "\($0)" == "has 31 bytes; HS256 needs at least 32"
        }
    }

    @Test func `a set has keys of several kinds, and passes over what it does not know`() throws {
        let file = #"""
            {"keys":[
             {"kty":"EC","crv":"P-521","x":"AA","y":"AA"}, {"kty":"future"}, {"kty":"oct","use":"enc","k":"AA"},
             {"kty":"OKP","crv":"Ed25519","kid":"ed","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
             {"kty":"EC","crv":"P-256","kid":"ec","use":"sig","alg":"ES256",
              "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},
             {"kty":"RSA","kid":"rs","e":"AQAB","n":"\#(Base64URL.encode([0xC1] + Array(repeating: 0x5B, count: 255)))"}
            ]}
            """#
        let keys = try KeySet(file: Array(file.utf8)).keys
        #expect(keys.map(\.id) == ["ed", "ec", "rs"])
        #expect(keys.map(\.algorithm) == [.edDSA, .es256, .rs256])
    }

    @Test(arguments: [
        "", "{}", #"{"keys":[]}"#, #"{"keys":[{"kty":"future"}]}"#, #"{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}"#,
        #"{"kty":"oct","k":"AAAA"}"#, #"{"kty":"RSA","e":"AQAB","n":"AQAB"}"#, #"{"kty":"oct","k":"====="}"#,
        // A point that is not on the curve
        #"""
        {"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
         "y":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"}
        """#,
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
    ])
    func `a file without a key that can be used is refused`(file: String) {
        #expect(throws: TokenKeyError.self) { try KeySet(file: Array(file.utf8)) }
    }
}
