/// A request whose body has arrived in full.
package struct HTTPRequest: Sendable {
    package let method: HTTPMethod
    package let target: RequestTarget
    package let headers: HTTPHeaders
    /// The client's address, without the port; empty when the request came from no socket.
    package let peer: String
    /// What `X-Request-Id` said if that is sane, else made here; it stands in the log and in the answer.
    package let id: String
    package let isWebSocketUpgrade: Bool
    /// The values of the route's `{name}` segments, decoded.
    package internal(set) var parameters: [String: String] = [:]

    private let content: Content

    private enum Content: Sendable {
        case owned([UInt8])
        case lent(Exchange)
    }

    /// A request from no socket, for whoever calls a router without a server.
    package init(
        _ method: HTTPMethod,
        _ target: String,
        headers: HTTPHeaders = [:],
        body: [UInt8] = [],
        peer: String = "",
        id: String? = nil,
        isWebSocketUpgrade: Bool = false
    ) {
        self.method = method
        self.target = RequestTarget(target)
        self.headers = headers
        self.peer = peer
        self.id = id ?? RequestID.make(from: headers["X-Request-Id"])
        self.isWebSocketUpgrade = isWebSocketUpgrade
        content = .owned(body)
    }

    init(_ exchange: Exchange) {
        method = exchange.method
        target = exchange.target
        headers = exchange.headers
        peer = exchange.peer
        id = RequestID.make(from: headers["X-Request-Id"])
        isWebSocketUpgrade = exchange.isWebSocketUpgrade
        content = .lent(exchange)
    }

    package var path: String { target.path }

    /// The first value of this name in the query, which the router has found to be readable.
    package func query(_ name: String) -> String? {
        target.queryItems?.first { $0.name == name }?.value
    }

    package var body: [UInt8] {
        switch content {
        case .owned(let bytes): bytes
        case .lent(let exchange): exchange.withBody { Array($0) }
        }
    }

    package var bodyCount: Int {
        switch content {
        case .owned(let bytes): bytes.count
        case .lent(let exchange): exchange.withBody(\.count)
        }
    }

    /// Lends the body without a copy, for the length of the call.
    package func withBody<Result>(_ read: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        switch content {
        case .owned(let bytes): try bytes.withUnsafeBytes(read)
        case .lent(let exchange): try exchange.withBody(read)
        }
    }
}
