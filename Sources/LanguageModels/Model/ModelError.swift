package import ContextCore
import Runtime

/// Why a model did not answer, or not to the end.
package struct ModelError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Kind: Hashable, Sendable {
        /// Refused, unresolved, or a bad certificate.
        case unreachable
        case connectTimeout
        /// Nothing came within the time for the first token.
        case firstTokenTimeout
        /// The stream fell silent between two tokens.
        case silence
        /// The provider hung up in the middle.
        case connectionLost
        /// What arrived is not what the provider's format says.
        case malformed
        case rateLimited
        case overloaded
        /// No or a wrong key.
        case unauthenticated
        case unknownModel
        /// The provider refuses the request itself.
        case rejected
        case contextLengthExceeded
        /// The request has something that this provider's format can't carry.
        case unsupported
        /// A status of 500 or above.
        case failed
        /// The circuit breaker is open: the provider was not asked.
        case suspended
        /// Nobody answers: no provider is configured.
        case notConfigured
    }

    package let kind: Kind
    package let model: ModelName

    /// In the provider's own words where it had some, without keys.
    package private(set) var message: String
    package let status: Int?

    /// What the provider asks for by `Retry-After`.
    package let retryAfter: Duration?

    /// What of the request the model does not take, where the refusal names it.
    package let refused: RequestMember?

    package init(
        _ kind: Kind,
        _ model: ModelName,
        _ message: String,
        status: Int? = nil,
        retryAfter: Duration? = nil,
        refused: RequestMember? = nil
    ) {
        self.refused = refused
        self.kind = kind
        self.model = model
        self.message = message
        self.status = status
        self.retryAfter = retryAfter
    }

    package var description: String { "\(model): \(message)" }

    /// The same in words without the key: some providers repeat the one that they refuse.
    func hiding(_ secret: Secret?) -> ModelError {
        var error = self
        error.message = message.hiding(secret)
        return error
    }

    /// The same as the end of a sentence.
    fileprivate var sentence: String { ".!?”".contains(message.last ?? " ") ? description : description + "." }

    /// Whether the same request may succeed a little later at the same provider.
    package var isTransient: Bool {
        switch kind {
        case .unreachable, .connectTimeout, .firstTokenTimeout, .silence, .connectionLost, .rateLimited, .overloaded,
            .failed:
            true
        default: false
        }
    }

    /// Whether the provider can't take more now, of this caller or of anybody.
    var isLimit: Bool { kind == .rateLimited || kind == .overloaded }

    /// Whether the request is at fault, so that no other provider would do better.
    package var isCallersFault: Bool {
        switch kind {
        case .rejected, .contextLengthExceeded: true
        default: false
        }
    }
}

extension ContextError {
    /// What a caller of Roost is told.
    package init(_ error: ModelError) {
        let seconds = error.retryAfter.map { Int($0.components.seconds) + ($0.components.attoseconds > 0 ? 1 : 0) }
        switch error.kind {
        case .rateLimited:
            self.init(.rateLimited, "The model's provider limits the rate. \(error.sentence)", retryAfter: seconds ?? 1)
        case .overloaded, .suspended:
            self.init(
                .overloaded,
                "The model's provider can't take more now. \(error.sentence)",
                retryAfter: seconds ?? 1
            )
        case .contextLengthExceeded:
            self.init(.contextLengthExceeded, "The prompt does not fit into the model's window. \(error.sentence)")
        case .rejected, .unsupported:
            self.init(.unprocessable, "The model's provider refuses the request. \(error.sentence)")
        case .notConfigured:
            self.init(.notConfigured, error.message)
        default:
            self.init(.providerFailed, "The model's provider failed. \(error.sentence)")
        }
    }
}

extension String {
    func hiding(_ secret: Secret?) -> String {
        guard let secret, !secret.reveal().isEmpty else { return self }
        return replacing(secret.reveal(), with: "\(secret)")
    }
}
