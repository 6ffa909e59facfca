/// The claims that RFC 7519 defines; what else a token says is the business of whoever asks for it.
package struct RegisteredClaims: Codable, Hashable, Sendable {
    package var issuer: String?
    package var subject: String?
    package var audience: Audience?
    package var expiresAt: NumericDate
    package var notBefore: NumericDate?
    package var issuedAt: NumericDate?
    package var id: String?

    package init(expiresAt: NumericDate) {
        self.expiresAt = expiresAt
    }

    private enum CodingKeys: String, CodingKey {
        case issuer = "iss"
        case subject = "sub"
        case audience = "aud"
        case expiresAt = "exp"
        case notBefore = "nbf"
        case issuedAt = "iat"
        case id = "jti"
    }
}

/// Whom a token is for: one name, or several.
package struct Audience: Codable, Hashable, Sendable, ExpressibleByStringLiteral {
    package let names: [String]

    package init(_ names: [String]) { self.names = names }

    package init(stringLiteral name: String) { names = [name] }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        names = try (try? container.decode(String.self)).map { [$0] } ?? container.decode([String].self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if names.count == 1 { try container.encode(names[0]) } else { try container.encode(names) }
    }
}

/// Seconds since 1970 UTC; a fraction in a token is dropped.
package struct NumericDate: Codable, Hashable, Comparable, Sendable {
    package let seconds: Int64

    package init(seconds: Int64) { self.seconds = seconds }

    /// - Throws: for a number that no calendar needs, so that adding to one never overflows.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let value = try container.decode(Double.self)
        guard value.magnitude < 0x1p53 else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "is no date")
        }
        seconds = Int64(value.rounded(.down))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(seconds)
    }

    package static func < (left: Self, right: Self) -> Bool { left.seconds < right.seconds }

    package func adding(_ seconds: Int) -> NumericDate { NumericDate(seconds: self.seconds + Int64(seconds)) }
}
