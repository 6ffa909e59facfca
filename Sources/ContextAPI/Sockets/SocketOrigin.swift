import ContextCore
import HTTP

/// Whether a web page may open a socket here.
///
/// Browsers let every page connect to every server, this machine's included, and forbid it nothing that they forbid a
/// request; all they do is to name the page's origin (RFC 6455 section 10.2). Without this check a page from anywhere could
/// ask the knowledge base of whoever looks at it. A client that is no browser sends no origin. The request's own host is
/// no proof: a page can have a name that leads here (DNS rebinding).
struct SocketOrigin {
    let allowed: [String]

    /// - Throws: ``ContextError`` (forbidden).
    func check(_ request: HTTPRequest) throws(ContextError) {
        for origin in request.headers.all("Origin") where !allowed.contains(origin) && !Self.isLocal(origin) {
            throw ContextError(
                .forbidden,
                "Pages of “\(origin.clipped(to: 80))” may not open a socket here; name the origin in session_vectors.origins."
            )
        }
    }

    /// A page that this machine serves, on any port.
    private static func isLocal(_ origin: String) -> Bool {
        guard let scheme = ["http://", "https://"].first(where: origin.hasPrefix) else { return false }
        let authority = origin.dropFirst(scheme.count)
        return ["localhost", "127.0.0.1", "[::1]"].contains { host in
            guard authority.hasPrefix(host) else { return false }
            let port = authority.dropFirst(host.count)
            return port.isEmpty || (port.first == ":" && port.dropFirst().allSatisfy(\.isNumber))
        }
    }
}
