import JSONWebTokens
import Runtime
import TestSupport
import Testing

let now = NumericDate(seconds: 1_767_646_800)

let secret = "a secret that is long enough for HS256"

/// Claims of the tests' own.
struct TestClaims: Codable, Hashable, Sendable {
    var sub: String
    var iss: String?
    var aud: Audience?
    var exp: NumericDate?
    var nbf: NumericDate?
    var iat: NumericDate?
    var role: String?

    init(_ subject: String = "ada", expires: Int = 60) {
        sub = subject
        exp = now.adding(expires)
    }
}

func secretKeys() throws -> KeySet { KeySet([try TokenKey(secret: Secret(secret))]) }

/// Every kind of key that signs, as keys that sign and as keys that only check.
func allKeys() throws -> [(signing: KeySet, checking: KeySet)] {
    let pairs = try [GeneratedKey.Kind.p256, .rsa2048, .ed25519].map { kind in
        let key = try GeneratedKey(kind)
        return (
            signing: try KeySet(file: Array(key.privatePEM.utf8)), checking: try KeySet(file: Array(key.publicPEM.utf8))
        )
    }
    return [(signing: try secretKeys(), checking: try secretKeys())] + pairs
}

extension TokenVerifier {
    func subject(of token: String, at moment: NumericDate = now) throws(TokenFailure) -> String {
        try verify(token, as: TestClaims.self, at: moment).claims.sub
    }

    /// Why the token is not believed; `nil` when it is.
    func failure(of token: String, at moment: NumericDate = now) -> TokenFailure? {
        do {
            _ = try verify(token, as: TestClaims.self, at: moment)
            return nil
        } catch {
            return error
        }
    }
}

extension TokenFailure {
    var isMalformed: Bool { if case .malformed = self { true } else { false } }
}

/// A token with a header and a payload of one's own making, signed as HS256 with the tests' secret.
func handmade(_ header: String, _ payload: String) -> String {
    let input = Base64URL.encode(Array(header.utf8)) + "." + Base64URL.encode(Array(payload.utf8))
    return input + "." + Base64URL.encode(HMAC.sha256(of: input.utf8, key: Array(secret.utf8)))
}
