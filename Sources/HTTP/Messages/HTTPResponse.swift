/// An answer: at once, in pieces, or as a WebSocket.
package struct HTTPResponse: Sendable {
    package enum Body: Sendable {
        case bytes([UInt8])
        /// The head goes out with the first bytes. What is thrown before becomes an error with its own status; what is thrown
        /// later cuts the connection: a clean end would pass a truncated answer off as a whole one. Not called for HEAD.
        case stream(@Sendable (BodyWriter) async throws -> Void)
        /// Called once the handshake is through; the socket is closed when it returns (1000) or throws (1011).
        case webSocket(subprotocol: String?, @Sendable (WebSocket) async throws -> Void)
    }

    package var status: HTTPStatus
    package var headers: HTTPHeaders
    package var body: Body

    package init(_ status: HTTPStatus = .ok, headers: HTTPHeaders = [:], body: Body = .bytes([])) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// JSON that is encoded already.
    package static func json(_ bytes: [UInt8], _ status: HTTPStatus = .ok) -> HTTPResponse {
        HTTPResponse(status, headers: ["Content-Type": "application/json"], body: .bytes(bytes))
    }

    package static func text(
        _ text: String,
        _ status: HTTPStatus = .ok,
        contentType: String = "text/plain; charset=utf-8"
    ) -> HTTPResponse {
        HTTPResponse(status, headers: ["Content-Type": contentType], body: .bytes(Array(text.utf8)))
    }

    package static func stream(
        _ status: HTTPStatus = .ok,
        contentType: String,
        _ write: @escaping @Sendable (BodyWriter) async throws -> Void
    ) -> HTTPResponse {
        HTTPResponse(status, headers: ["Content-Type": contentType], body: .stream(write))
    }

    /// - Parameter subprotocol: one of those that the client has offered.
    package static func webSocket(
        subprotocol: String? = nil,
        _ converse: @escaping @Sendable (WebSocket) async throws -> Void
    ) -> HTTPResponse {
        HTTPResponse(.switchingProtocols, body: .webSocket(subprotocol: subprotocol, converse))
    }
}
