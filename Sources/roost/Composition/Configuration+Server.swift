import HTTP

extension Configuration {
    /// - Throws: ``ConfigurationError`` for a host that others can reach: without authentication everybody would be the
    ///   local user.
    var serverConfiguration: ServerConfiguration {
        get throws(ConfigurationError) {
            var server = server
            if server.host == "localhost" { server.host = "127.0.0.1" }
            guard server.host.hasPrefix("127.") || server.host == "::1" else {
                throw .contradiction(
                    "server.host is \(server.host), which others can reach, and no authentication is configured: "
                        + "use 127.0.0.1 or ::1, and a proxy that authenticates in front of it."
                )
            }
            if let certificate = tls.certificate, let key = tls.privateKey {
                server.tls = ServerConfiguration.TLS(certificateChain: certificate, privateKey: key)
            }
            return server
        }
    }
}

extension ServerConfiguration {
    func address(port: UInt16) -> String {
        let scheme = tls == nil ? "http" : "https"
        return "\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
}
