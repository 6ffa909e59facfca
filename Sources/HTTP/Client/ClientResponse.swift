/// The answer's head, and the body as it arrives.
///
/// Valid within the closure that it was lent to.
package struct ClientResponse: Sendable {
    package struct Head: Sendable, Equatable {
        package let status: HTTPStatus
        package internal(set) var headers: HTTPHeaders
    }

    package let head: Head
    let transfer: Transfer

    package var status: HTTPStatus { head.status }
    package var headers: HTTPHeaders { head.headers }

    /// What has arrived since the last call, at least a byte; `nil` at the end.
    ///
    /// While nobody calls this, the peer has to wait.
    package func next() async throws -> [UInt8]? {
        try await transfer.chunk()
    }

    /// The same, by a reader who waits no longer than `limit`.
    ///
    /// - Throws: ``HTTPClientError`` of kind `silence` when the time is over; the transfer has ended then.
    package func next(within limit: Duration) async throws -> [UInt8]? {
        try await transfer.chunk(within: limit)
    }

    /// The rest of the body.
    ///
    /// - Throws: ``HTTPClientError`` of kind `bodyTooLarge` when there are more than `limit` bytes.
    package func collect(limit: Int) async throws -> [UInt8] {
        var body: [UInt8] = []
        while let bytes = try await next() {
            guard body.count + bytes.count <= limit else {
                throw HTTPClientError(.bodyTooLarge, "the answer's body is larger than \(limit) bytes")
            }
            body += bytes
        }
        return body
    }
}
