import ContextCore
import JSONWebTokens

extension ContextError {
    /// A token's failure in the words of the one table.
    init(_ failure: TokenFailure) {
        let (kind, sentence): (Kind, String) =
            switch failure {
            case .malformed(let reason): (.tokenInvalid, "The token is malformed: \(reason.clipped(to: 120)).")
            case .algorithmNotAllowed(let name):
                (.tokenInvalid, "The token is signed with “\(name.clipped(to: 20))”, for which this server has no key.")
            case .badSignature: (.tokenInvalid, "The token's signature is not by a key that this server knows.")
            case .expired(let date):
                (.tokenExpired, "The token has expired at \(Timestamp(date).iso8601). Get another one.")
            case .notYetValid(let date):
                (.tokenNotYetValid, "The token is not valid before \(Timestamp(date).iso8601).")
            case .wrongAudience(let names, let expected):
                (
                    .tokenAudience,
                    "The token is for \(names.quoted); this server is “\(expected)”. Put that into “aud”."
                )
            case .wrongIssuer(let name, let expected):
                (.tokenIssuer, "The token is by \([name].compactMap(\.self).quoted); “iss” has to be “\(expected)”.")
            }
        self.init(kind, sentence, parameter: "delegation_token")
    }
}

extension [String] {
    fileprivate var quoted: String {
        isEmpty ? "nobody" : prefix(3).map { "“\($0.clipped(to: 40))”" }.joined(separator: ", ")
    }
}
