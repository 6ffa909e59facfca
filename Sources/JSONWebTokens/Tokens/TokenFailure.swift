/// Why a token is not believed.
package enum TokenFailure: Error, Equatable, Sendable {
    /// It can't be read; the text completes “The token is malformed: ”.
    case malformed(String)

    /// No key is for the algorithm that the token names.
    case algorithmNotAllowed(String)

    /// No key made this signature, or the key that the token names is unknown.
    case badSignature
    case expired(at: NumericDate)
    case notYetValid(until: NumericDate)
    case wrongAudience([String], expected: String)
    case wrongIssuer(String?, expected: String)
}
