import CBeast

/// What the transport refuses before a handler is asked, as the error that the owner of the server renders.
///
/// The answers are made once, at the start: when a connection fails is no time to call out.
enum TransportFault {
    static func error(_ fault: Int32, _ configuration: ServerConfiguration) -> HTTPError {
        let limits = configuration.limits
        switch beast_fault(UInt32(fault)) {
        case BEAST_FAULT_BAD_TARGET:
            return HTTPError(
                .badRequest,
                code: "bad_target",
                "The request's target must be a path that begins with a slash."
            )
        case BEAST_FAULT_BAD_HOST:
            return HTTPError(.badRequest, code: "bad_host", "A request must have exactly one Host field.")
        case BEAST_FAULT_BAD_LENGTH:
            return HTTPError(
                .badRequest,
                code: "bad_length",
                "A request may have one Content-Length field with one whole number."
            )
        case BEAST_FAULT_BAD_ENCODING:
            return HTTPError(
                .notImplemented,
                code: "bad_transfer_encoding",
                "The only transfer coding is chunked, in HTTP/1.1 and without Content-Length."
            )
        case BEAST_FAULT_TARGET_TOO_LONG:
            return HTTPError(
                .targetTooLong,
                code: "target_too_long",
                "The request's target is longer than \(limits.target) bytes."
            )
        case BEAST_FAULT_HEADER_TOO_LARGE:
            return HTTPError(
                .headerTooLarge,
                code: "header_too_large",
                "The request's header is larger than \(limits.header) bytes."
            )
        case BEAST_FAULT_TOO_MANY_FIELDS:
            return HTTPError(
                .headerTooLarge,
                code: "too_many_fields",
                "The request has more than \(limits.fields) header fields."
            )
        case BEAST_FAULT_BODY_TOO_LARGE:
            return HTTPError(
                .contentTooLarge,
                code: "body_too_large",
                "The request's body is larger than \(limits.body) bytes."
            )
        case BEAST_FAULT_HEADER_TIMEOUT:
            return HTTPError(
                .requestTimeout,
                code: "header_timeout",
                "The request's header took longer than \(configuration.timeouts.header)."
            )
        case BEAST_FAULT_BODY_TIMEOUT:
            return HTTPError(
                .requestTimeout,
                code: "body_timeout",
                "The request's body arrived with less than \(limits.bodyRate) bytes a second."
            )
        case BEAST_FAULT_OVERLOADED:
            return HTTPError(
                .serviceUnavailable,
                code: "too_many_connections",
                "The server has \(limits.connections) connections already.",
                headers: ["Retry-After": "1"]
            )
        case BEAST_FAULT_BAD_VERSION:
            return HTTPError(.versionNotSupported, code: "bad_version", "The server speaks HTTP/1.0 and HTTP/1.1.")
        default:
            return HTTPError(.badRequest, code: "malformed_request", "The bytes are not a request of HTTP/1.1.")
        }
    }
}
