import Glibc

/// Asks a server on this machine how it is.
enum HealthProbe {
    enum Answer: Equatable, Sendable {
        /// With the status of `GET /health`.
        case answered(Int)
        case silent

        /// Over TLS nothing is asked: the certificate is for a name that is not known here.
        case notAsked

        var sentence: String {
            switch self {
            case .answered(200): "healthy"
            case .answered(let status): "answers with status \(status)"
            case .silent: "does not answer"
            case .notAsked: "not asked, because it speaks TLS"
            }
        }
    }

    /// Blocks for at most two seconds.
    static func ask(_ address: String) -> Answer {
        guard address.hasPrefix("http://") else { return .notAsked }
        let authority = address.dropFirst("http://".count)
        guard let colon = authority.lastIndex(of: ":") else { return .silent }
        let host = authority[..<colon].filter { $0 != "[" && $0 != "]" }
        return ask(host: host, port: String(authority[authority.index(after: colon)...]))
    }

    private static func ask(host: String, port: String) -> Answer {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, port, &hints, &found) == 0, let place = found?.pointee else { return .silent }
        defer { freeaddrinfo(found) }
        let descriptor = socket(place.ai_family, place.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return .silent }
        defer { close(descriptor) }
        var patience = timeval(tv_sec: 2, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
        }
        guard connect(descriptor, place.ai_addr, place.ai_addrlen) == 0 else { return .silent }
        let request = Array("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
        guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else { return .silent }
        var head = [UInt8](repeating: 0, count: 64)
        let count = recv(descriptor, &head, head.count, Int32(MSG_WAITALL))
        let words = String(decoding: head.prefix(max(0, count)), as: UTF8.self).split(separator: " ")
        return words.count > 1 ? Int(words[1]).map(Answer.answered) ?? .silent : .silent
    }
}
