package import ContextCore
import JSONWebTokens

/// Says which delegation tokens are believed, and makes them.
package struct DelegationAuthority: Sendable {
    package let configuration: DelegationConfiguration
    private let verifier: TokenVerifier

    /// `nil` without a key: then nothing can be delegated.
    package init?(_ configuration: DelegationConfiguration) {
        guard !configuration.keys.isEmpty else { return nil }
        self.configuration = configuration
        var verifier = TokenVerifier(keys: configuration.keys)
        verifier.audience = configuration.audience
        verifier.issuer = configuration.issuer
        verifier.types = ["jwt", Self.type]
        verifier.leeway = configuration.leeway
        verifier.limit = configuration.tokenBytes
        self.verifier = verifier
    }

    /// `typ` of the tokens that are made here (RFC 8725 section 3.11).
    private static let type = "delegation+jwt"

    /// - Parameter ignoringTime: for who wants to revoke one, early or late.
    /// - Throws: ``ContextError``: unauthenticated for what no key vouches for, else forbidden with the reason's code.
    package func read(
        _ text: String,
        at now: Timestamp,
        ignoringTime: Bool = false
    ) throws(ContextError) -> DelegationToken {
        let token: VerifiedToken<DelegationClaims>
        let moment = NumericDate(now)
        do {
            token = try verifier.verify(text, as: DelegationClaims.self, at: moment, ignoringTime: ignoringTime)
        } catch {
            throw ContextError(error)
        }
        let claims = token.claims
        if !ignoringTime { try checkLifetime(of: token.registered, at: moment) }
        for (name, value) in [("sub", claims.sub), ("act.sub", claims.act.sub), ("jti", claims.jti)] {
            try Self.check(value, name)
        }
        return DelegationToken(
            id: claims.jti,
            subject: claims.sub,
            host: claims.act.sub,
            scope: try DelegationScope(claims.scope),
            expiresAt: Timestamp(token.registered.expiresAt)
        )
    }

    private func checkLifetime(of claims: RegisteredClaims, at now: NumericDate) throws(ContextError) {
        let limit = configuration.maximumLifetime
        let end = claims.expiresAt
        let isTooLong = claims.issuedAt.map { end > $0.adding(limit) } ?? false
        guard !isTooLong, end <= now.adding(limit + configuration.leeway) else {
            throw ContextError(
                .tokenLifetime,
                "The token is valid until \(Timestamp(end).iso8601); a delegation lasts \(limit) s at most. Make a shorter one.",
                parameter: "delegation_token"
            )
        }
    }

    private static func check(_ value: String, _ name: String) throws(ContextError) {
        let limit = DelegationConfiguration.nameCharacters
        guard (1...limit).contains(value.count), value.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0 != "\u{7F}" })
        else {
            throw ContextError(
                .tokenInvalid,
                "The token's “\(name)” has \(value.count) characters; it takes 1 to \(limit) without control characters.",
                parameter: "delegation_token"
            )
        }
    }

    /// A token that this authority believes.
    ///
    /// - Throws: ``ContextError`` (not configured) when no key can sign.
    package func issue(
        for subject: String,
        to host: String,
        _ scope: DelegationScope,
        lasting seconds: Int,
        at now: Timestamp
    ) throws -> (text: String, token: DelegationToken) {
        guard let key = configuration.keys.signing else {
            throw ContextError(
                .notConfigured,
                "Only a public key is configured, which checks tokens and can't make them: set delegation.secret, "
                    + "or delegation.key to a file with a private key."
            )
        }
        let issued = NumericDate(now)
        let token = DelegationToken(
            id: Identifier.random("dt_"),
            subject: subject,
            host: host,
            scope: scope,
            expiresAt: Timestamp(issued.adding(seconds))
        )
        var claims = DelegationClaims(sub: subject, act: .init(sub: host), scope: scope.text, jti: token.id)
        claims.iss = configuration.issuer
        claims.aud = configuration.audience
        claims.iat = issued
        claims.exp = issued.adding(seconds)
        return (try key.sign(claims, type: Self.type), token)
    }
}

extension NumericDate {
    fileprivate init(_ timestamp: Timestamp) { self.init(seconds: timestamp.milliseconds / 1_000) }
}

extension Timestamp {
    /// Dates that no calendar of four digits has count as its end.
    init(_ date: NumericDate) {
        self.init(milliseconds: min(max(date.seconds, 0), 253_402_300_799) * 1_000)
    }
}
