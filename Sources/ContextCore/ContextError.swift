/// Everything that Roost answers instead of what was asked.
///
/// The kinds are the one table of codes, types and statuses; a message is a whole sentence that says what was wrong, with
/// the value and the limit, and what to do. It never holds SQL, a key, a path of the server or a stack trace.
package struct ContextError: Error, Hashable, Sendable {
    package let kind: Kind
    package let message: String

    /// The request's field that is to blame, as the request spells it.
    package let parameter: String?

    /// Seconds after which trying again makes sense.
    package let retryAfter: Int?

    package init(_ kind: Kind, _ message: String, parameter: String? = nil, retryAfter: Int? = nil) {
        self.kind = kind
        self.message = message
        self.parameter = parameter
        self.retryAfter = retryAfter
    }

    package var code: String { kind.row.code }
    package var type: String { kind.row.type }
    package var status: Int { kind.row.status }
}

extension ContextError {
    package enum Kind: CaseIterable, Hashable, Sendable {
        case invalidRequest, invalidJSON, unsupportedMediaType
        case unauthenticated, forbidden
        case tokenInvalid, tokenAudience, tokenIssuer, tokenExpired, tokenNotYetValid, tokenLifetime, tokenRevoked
        case tokenSubject, tokenHost, tokenScope
        case notFound, methodNotAllowed, conflict
        case requestTimeout, clientClosedRequest
        case payloadTooLarge, uriTooLong, headersTooLarge
        case unprocessable, contextLengthExceeded, rateLimited
        case internalError, notConfigured, providerFailed, overloaded, shuttingDown
        case versionNotSupported

        /// - Parameter code: as the table has it; `nil` for any other.
        package init?(code: String) {
            guard let kind = Self.allCases.first(where: { $0.row.code == code }) else { return nil }
            self = kind
        }

        /// The table.
        ///
        /// OpenAI's clients read `type`; programs branch on `code`; `status` is HTTP's.
        var row: (code: String, type: String, status: Int) {
            switch self {
            case .invalidRequest: ("invalid_request", "invalid_request_error", 400)
            case .invalidJSON: ("invalid_json", "invalid_request_error", 400)
            case .unsupportedMediaType: ("unsupported_media_type", "invalid_request_error", 415)
            case .unauthenticated: ("unauthenticated", "authentication_error", 401)
            case .forbidden: ("forbidden", "permission_error", 403)
            case .tokenInvalid: ("token_invalid", "authentication_error", 401)
            case .tokenAudience: ("token_audience", "permission_error", 403)
            case .tokenIssuer: ("token_issuer", "permission_error", 403)
            case .tokenExpired: ("token_expired", "permission_error", 403)
            case .tokenNotYetValid: ("token_not_yet_valid", "permission_error", 403)
            case .tokenLifetime: ("token_lifetime", "permission_error", 403)
            case .tokenRevoked: ("token_revoked", "permission_error", 403)
            case .tokenSubject: ("token_subject", "permission_error", 403)
            case .tokenHost: ("token_host", "permission_error", 403)
            case .tokenScope: ("token_scope", "permission_error", 403)
            case .notFound: ("not_found", "not_found_error", 404)
            case .methodNotAllowed: ("method_not_allowed", "invalid_request_error", 405)
            case .conflict: ("conflict", "conflict_error", 409)
            case .requestTimeout: ("request_timeout", "timeout_error", 408)
            case .clientClosedRequest: ("client_closed_request", "timeout_error", 499)
            case .payloadTooLarge: ("payload_too_large", "invalid_request_error", 413)
            case .uriTooLong: ("uri_too_long", "invalid_request_error", 414)
            case .headersTooLarge: ("headers_too_large", "invalid_request_error", 431)
            case .unprocessable: ("unprocessable", "invalid_request_error", 422)
            case .contextLengthExceeded: ("context_length_exceeded", "invalid_request_error", 422)
            case .rateLimited: ("rate_limited", "rate_limit_error", 429)
            case .internalError: ("internal_error", "server_error", 500)
            case .notConfigured: ("not_configured", "not_configured_error", 501)
            case .providerFailed: ("provider_failed", "provider_error", 502)
            case .overloaded: ("overloaded", "overloaded_error", 503)
            case .shuttingDown: ("shutting_down", "overloaded_error", 503)
            case .versionNotSupported: ("http_version_not_supported", "invalid_request_error", 505)
            }
        }
    }
}

extension ContextError {
    package static func invalid(_ parameter: String, _ message: String) -> Self {
        Self(.invalidRequest, message, parameter: parameter)
    }

    package static func unknown(_ what: String, _ id: String, parameter: String? = nil) -> Self {
        Self(.notFound, "No \(what) “\(id.clipped(to: 80))” exists, or it is not in your scope.", parameter: parameter)
    }
}

extension String {
    /// The first `limit` characters, with an ellipsis when there were more: for quoting outside text in a message.
    package func clipped(to limit: Int) -> String {
        count <= limit ? self : prefix(limit) + "…"
    }
}
