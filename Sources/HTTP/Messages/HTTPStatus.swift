/// A status code (RFC 9110 section 15).
package struct HTTPStatus: RawRepresentable, Hashable, Sendable, ExpressibleByIntegerLiteral, CustomStringConvertible {
    package let rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }
    package init(integerLiteral value: Int) { rawValue = value }

    package var description: String { "\(rawValue)" }

    /// 1 … 5: informational, successful, redirection, the client's error, the server's error.
    package var category: Int { rawValue / 100 }

    package static let switchingProtocols: HTTPStatus = 101
    package static let ok: HTTPStatus = 200
    package static let created: HTTPStatus = 201
    package static let accepted: HTTPStatus = 202
    package static let noContent: HTTPStatus = 204
    package static let badRequest: HTTPStatus = 400
    package static let unauthorized: HTTPStatus = 401
    package static let forbidden: HTTPStatus = 403
    package static let notFound: HTTPStatus = 404
    package static let methodNotAllowed: HTTPStatus = 405
    package static let requestTimeout: HTTPStatus = 408
    package static let conflict: HTTPStatus = 409
    package static let contentTooLarge: HTTPStatus = 413
    package static let targetTooLong: HTTPStatus = 414
    package static let unprocessable: HTTPStatus = 422
    package static let upgradeRequired: HTTPStatus = 426
    package static let tooManyRequests: HTTPStatus = 429
    package static let headerTooLarge: HTTPStatus = 431
    /// Not of any RFC, but what logs of proxies call a client that left before its answer.
    package static let clientClosedRequest: HTTPStatus = 499
    package static let internalServerError: HTTPStatus = 500
    package static let notImplemented: HTTPStatus = 501
    package static let badGateway: HTTPStatus = 502
    package static let serviceUnavailable: HTTPStatus = 503
    package static let versionNotSupported: HTTPStatus = 505
}
