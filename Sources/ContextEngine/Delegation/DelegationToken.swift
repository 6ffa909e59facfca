package import ContextCore
import JSONWebTokens

/// A user's word that a host may act for him: what the token says, once it is believed.
package struct DelegationToken: Hashable, Sendable {
    /// Under which it can be revoked; unique among the user's tokens.
    package let id: String
    package let subject: String

    /// Who may use it, by the token's own word.
    package let host: String
    package let scope: DelegationScope
    package let expiresAt: Timestamp
}

/// A delegation token as a JSON Web Token has it (RFC 7519; `act` and `scope` as in RFC 8693).
///
/// A token with `act` is never a user's own: whoever reads those has to refuse it.
struct DelegationClaims: Codable, Sendable {
    struct Actor: Codable, Sendable {
        let sub: String
    }

    let sub: String
    let act: Actor
    let scope: String
    let jti: String
    var iss: String?
    var aud: String?
    var iat: NumericDate?
    var exp: NumericDate?

    private enum CodingKeys: String, CodingKey {
        case sub, act, scope, jti, iss, aud, iat, exp
    }

    init(sub: String, act: Actor, scope: String, jti: String) {
        self.sub = sub
        self.act = act
        self.scope = scope
        self.jti = jti
    }

    /// What every token has is read by whoever verifies it: an audience may be a list there.
    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        sub = try container.decode(String.self, forKey: .sub)
        act = try container.decode(Actor.self, forKey: .act)
        scope = try container.decode(String.self, forKey: .scope)
        jti = try container.decode(String.self, forKey: .jti)
    }
}
