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
}
