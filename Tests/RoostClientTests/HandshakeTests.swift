import Foundation
import Testing

@testable import RoostClient

@Suite struct HandshakeTests {
    /// The key and the answer of RFC 6455, section 1.3.
    private let handshake = Handshake(key: "dGhlIHNhbXBsZSBub25jZQ==")

    private func answer(_ lines: String...) -> Data { Data((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) }

    @Test(arguments: [
        ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"), ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1"),
        (String(repeating: "a", count: 1_000), "291e9a6c66994949b57ba5e650361e98fc36b1ba"),
    ])
    func `the hash is the published one`(text: String, expected: String) {
        #expect(SHA1.hash(Array(text.utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() == expected)
    }

    @Test func `the answer to the key is the standard's`() throws {
        #expect(handshake.accept == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        let received = answer(
            "HTTP/1.1 101 Switching Protocols",
            "upgrade: WebSocket",
            "Sec-WebSocket-Accept:  s3pPLMBiTxaQ9kYGzzhZRbK+xOo= "
        )
        for count in 0..<received.count { #expect(try handshake.rest(after: received.prefix(count)) == nil) }
        #expect(try handshake.rest(after: received) == Data())
        #expect(try handshake.rest(after: received + Data([0x81, 0])) == Data([0x81, 0]))
    }

    @Test func `who does not agree is no WebSocket server`() {
        let accept = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        let answers = [
            answer("HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Sec-WebSocket-Accept: x"),
            answer("HTTP/1.1 101 Switching Protocols", accept), answer("HTTP/1.1 404 Not Found"),
            answer("SSH-2.0-OpenSSH"), Data(repeating: 0x61, count: 20_000),
        ]
        for received in answers { #expect(throws: RoostError.self) { try handshake.rest(after: received) } }
    }

    @Test func `the request asks for the socket beside the server's address, with the token`() throws {
        var options = ClientOptions()
        options.token = "secret\r\nX-Evil: 1"
        let server = try #require(URL(string: "http://[::1]:8092/roost/"))
        let request = try WebSocketRequest(server: server, options: options)
        #expect(request.url.absoluteString == "ws://[::1]:8092/roost/v1/ws")
        let lines = handshake.request(request).components(separatedBy: "\r\n")
        #expect(lines.first == "GET /roost/v1/ws HTTP/1.1")
        #expect(lines.contains("Host: [::1]:8092"))
        #expect(!lines.contains { $0.hasPrefix("X-Evil") })
        #expect(throws: RoostError.self) {
            try WebSocketRequest(server: URL(filePath: "/somewhere"), options: ClientOptions())
        }
    }
}
