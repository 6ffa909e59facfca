import JSONWebTokens
import Testing

/// The examples of the standards.
struct StandardTests {
    private struct Example: Decodable, Sendable {
        let iss: String
        let isRoot: Bool

        private enum CodingKeys: String, CodingKey {
            case iss
            case isRoot = "http://example.com/is_root"
        }
    }

    private static let payload =
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"

    @Test(arguments: [
        // RFC 7515, appendix A.1
        (
            "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\(payload).dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
            #"""
            {"kty":"oct",
             "k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}
            """#
        ),
        // RFC 7515, appendix A.3
        (
            "eyJhbGciOiJFUzI1NiJ9.\(payload)."
                + "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
            #"""
            {"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
             "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}
            """#
        ),
    ])
    func `RFC 7515's tokens are believed until their last second`(token: String, key: String) throws {
        var verifier = TokenVerifier(keys: try KeySet(file: Array(key.utf8)))
        verifier.leeway = 0
        let end = NumericDate(seconds: 1_300_819_380)
        let verified = try verifier.verify(token, as: Example.self, at: end.adding(-1))
        #expect(verified.claims.iss == "joe" && verified.claims.isRoot)
        #expect(verified.registered.expiresAt == end)
        #expect(verifier.failure(of: token, at: end) == .expired(at: end))
    }

    /// RFC 8037, appendix A.4: its payload is no JSON, so the signature is all that can be right.
    @Test func `RFC 8037's signature is accepted, and one with another letter is not`() throws {
        let key = #"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#
        let verifier = TokenVerifier(keys: try KeySet(file: Array(key.utf8)))
        let token =
            "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
            + "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        #expect(verifier.failure(of: token)?.isMalformed == true)
        #expect(verifier.failure(of: token.replacing(".RX", with: ".SX")) == .badSignature)
    }
}
