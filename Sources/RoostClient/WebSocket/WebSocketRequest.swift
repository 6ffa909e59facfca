import Foundation

/// Where a WebSocket leads, and what it may carry.
struct WebSocketRequest: Sendable {
    let url: URL
    let token: String?
    let maximumMessageBytes: Int
    let timeout: Duration

    /// Bytes of an answer: a hundred results with the largest metadata are one megabyte.
    private static let receiveLimit = 16 << 20

    /// - Parameter server: the server's address, `http` or `https`.
    init(server: URL, options: ClientOptions) throws {
        let secure = server.scheme?.lowercased() == "https"
        guard var parts = URLComponents(url: server.appending(path: "v1/ws"), resolvingAgainstBaseURL: true),
            secure || server.scheme?.lowercased() == "http", parts.host?.isEmpty == false
        else { throw RoostError.unsupported("“\(server)” is no address of a server; use http://HOST:PORT.") }
        parts.scheme = secure ? "wss" : "ws"
        guard let url = parts.url else { throw RoostError.unsupported("“\(server)” is no address of a server.") }
        self.url = url
        token = options.token
        maximumMessageBytes = Self.receiveLimit
        timeout = options.timeout
    }
}

/// What happens on a WebSocket; after the end nothing more.
enum WebSocketEvent: Sendable {
    case text(Data)
    case end(RoostError)
}
