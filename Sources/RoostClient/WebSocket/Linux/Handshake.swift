import Foundation

/// The opening of a WebSocket (RFC 6455, section 4): an HTTP request that asks for it, and the answer that agrees.
struct Handshake {
    /// Sixteen random bytes; the answer must hold what only a WebSocket server makes of them.
    let key: String

    /// Bytes of an answer's head, at most.
    private static let headLimit = 16 << 10

    init(key: String = Data((0..<16).map { _ in UInt8.random(in: .min ... .max) }).base64EncodedString()) {
        self.key = key
    }

    var accept: String {
        Data(SHA1.hash(Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8))).base64EncodedString()
    }

    func request(_ request: WebSocketRequest) -> String {
        let name = request.url.host() ?? ""
        let host = name.contains(":") ? "[\(name)]" : name
        var lines = [
            "GET \(request.url.path(percentEncoded: true)) HTTP/1.1",
            "Host: \(request.url.port.map { "\(host):\($0)" } ?? host)",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: \(key)",
        ]
        // A line break would let a token write headers of its own.
        if let token = request.token?.filter({ !$0.isNewline }) { lines.append("Authorization: Bearer \(token)") }
        return lines.joined(separator: "\r\n") + "\r\n\r\n"
    }

    /// What follows the answer's head; `nil` while the head is incomplete.
    ///
    /// - Throws: when the server does not agree.
    func rest(after received: Data) throws(RoostError) -> Data? {
        guard let end = received.range(of: Data("\r\n\r\n".utf8)) else {
            guard received.count <= Self.headLimit else { throw .unreachable("the server's answer has no end.") }
            return nil
        }
        let lines = String(decoding: received[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0] == "HTTP/1.1", let status = Int(words[1]) else {
            throw .unreachable("something answers there, but it does not speak HTTP/1.1.")
        }
        guard status == 101 else { throw Self.refusal(status, lines[0]) }
        guard Self.field("upgrade", in: lines)?.lowercased() == "websocket",
            Self.field("sec-websocket-accept", in: lines) == accept
        else { throw .unreachable("the server's answer to the handshake is not the one to this request.") }
        return received[end.upperBound...]
    }

    private static func refusal(_ status: Int, _ line: String) -> RoostError {
        .refused(
            RoostError.Refusal(
                message: "The server answered “\(line)” instead of opening a WebSocket.",
                code: nil,
                parameter: nil,
                status: status,
                retryAfter: status == 429 || status == 503 ? .seconds(1) : nil
            )
        )
    }

    private static func field(_ name: String, in lines: [String]) -> String? {
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == name else { continue }
            return parts[1].trimmingCharacters(in: .whitespaces)
        }
        return nil
    }
}
