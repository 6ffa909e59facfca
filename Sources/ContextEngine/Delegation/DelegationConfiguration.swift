package import JSONWebTokens

/// Everything that can be set about delegation tokens, with the defaults.
package struct DelegationConfiguration: Sendable {
    /// By which tokens are checked; without any there is no delegation.
    package var keys = KeySet()

    /// This server's name in `aud`.
    package var audience = "roost"

    /// Must be the tokens' `iss`; `nil` takes any.
    package var issuer: String?

    /// Seconds that clocks may differ.
    package var leeway = 60

    /// Seconds that a token may be valid, at most; the contract allows no more than a day.
    package var maximumLifetime = Self.longestLifetime

    /// Bytes of a token.
    package var tokenBytes = 8_192

    package static let longestLifetime = 86_400

    /// Characters of `sub`, `act.sub` and `jti`.
    static let nameCharacters = 255

    package init() {}
}
