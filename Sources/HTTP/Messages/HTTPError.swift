/// A request that HTTP itself refuses: it fits no route, is malformed, too large, too slow.
///
/// The owner of the server renders it, in the one form in which it renders its own errors.
package struct HTTPError: Error, Sendable, CustomStringConvertible {
    package let status: HTTPStatus
    /// Stable, for programs: `route_not_found`.
    package let code: String
    /// A sentence for people, with the value and the limit.
    package let message: String
    /// Belongs into the answer: `Allow`, `Retry-After`.
    package let headers: HTTPHeaders

    package init(_ status: HTTPStatus, code: String, _ message: String, headers: HTTPHeaders = [:]) {
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers
    }

    package var description: String { "\(status) \(code): \(message)" }
}
