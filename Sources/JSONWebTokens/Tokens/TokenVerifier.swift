/// Tells which tokens are believed: signed by one of the keys, for this audience, now (RFC 7519, RFC 8725).
///
/// The key says which algorithm it is for, the token only which of the keys. So `none`, and a public key used as a
/// secret, lead nowhere, and keys that a token brings along (`jwk`, `jku`, `x5c`) are never looked at.
package struct TokenVerifier: Sendable {
    package var keys: KeySet

    /// Must be among the token's; `nil` asks for none.
    package var audience: String?
    package var issuer: String?

    /// What `typ` may be, in lower case, when it is there at all.
    package var types: Set<String> = ["jwt"]

    /// Seconds that clocks may differ.
    package var leeway = 60

    /// Bytes of a token.
    package var limit = 8_192

    package init(keys: KeySet) {
        self.keys = keys
    }

    /// - Parameter ignoringTime: for who only wants to know what a token was, or will be.
    package func verify<Claims: Decodable & Sendable>(
        _ token: String,
        as type: Claims.Type,
        at now: NumericDate,
        ignoringTime: Bool = false
    ) throws(TokenFailure) -> VerifiedToken<Claims> {
        let compact = try CompactToken(token, limit: limit)
        try checkSignature(of: compact)
        let registered = try StrictJSON.decode(RegisteredClaims.self, from: compact.payload)
        if !ignoringTime { try checkTime(of: registered, at: now) }
        try check(registered)
        return VerifiedToken(
            registered: registered,
            claims: try StrictJSON.decode(Claims.self, from: compact.payload)
        )
    }

    private func checkSignature(of token: CompactToken) throws(TokenFailure) {
        let type = token.header.type?.lowercased()
        guard type.map({ types.contains($0) || types.contains($0.withoutMediaType) }) ?? true else {
            throw .malformed("its “typ” is not one that belongs here")
        }
        let candidates = keys.keys.filter { $0.algorithm.rawValue == token.header.algorithm }
        guard !candidates.isEmpty else { throw .algorithmNotAllowed(token.header.algorithm) }
        let isSigned = candidates.contains { key in
            (token.header.keyID == nil || key.id == nil || token.header.keyID == key.id)
                && key.accepts(token.signature, of: token.signingInput)
        }
        guard isSigned else { throw .badSignature }
    }

    private func checkTime(of claims: RegisteredClaims, at now: NumericDate) throws(TokenFailure) {
        guard now < claims.expiresAt.adding(leeway) else { throw .expired(at: claims.expiresAt) }
        // Made in the future is as impossible as not yet valid.
        for date in [claims.notBefore, claims.issuedAt].compactMap(\.self) where now.adding(leeway) < date {
            throw .notYetValid(until: date)
        }
    }

    private func check(_ claims: RegisteredClaims) throws(TokenFailure) {
        if let issuer, claims.issuer != issuer { throw .wrongIssuer(claims.issuer, expected: issuer) }
        if let audience, claims.audience?.names.contains(audience) != true {
            throw .wrongAudience(claims.audience?.names ?? [], expected: audience)
        }
    }
}

/// What a believed token says.
package struct VerifiedToken<Claims: Sendable>: Sendable {
    package let registered: RegisteredClaims
    package let claims: Claims
}

extension String {
    /// `application/` may stand before a type (RFC 7515 section 4.1.9).
    fileprivate var withoutMediaType: String {
        hasPrefix("application/") ? String(dropFirst("application/".count)) : self
    }
}
