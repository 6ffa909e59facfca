/// A request to somebody else's server.
package struct ClientRequest: Sendable {
    package var method: HTTPMethod
    /// `http` or `https`; anything else is refused.
    package var url: String
    package var headers: HTTPHeaders
    package var body: [UInt8]

    package init(_ method: HTTPMethod = .get, _ url: String, headers: HTTPHeaders = [:], body: [UInt8] = []) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }

    /// The address as messages show it: a name or password before the host and what follows a question mark may be secret.
    package var address: String {
        let place = url.prefix { $0 != "?" && $0 != "#" }
        guard let scheme = place.firstRange(of: "://") else { return String(place) }
        let authority = place[scheme.upperBound...].prefix { $0 != "/" }
        let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? authority
        return String(place[..<scheme.upperBound] + host + place[authority.endIndex...])
    }
}
