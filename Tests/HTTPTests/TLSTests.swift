import HTTP
import Runtime
import TestSupport
import Testing

/// The server and the client through TLS.
@Suite(.timeLimit(.minutes(5))) struct TLSTests {
    private let folder: TemporaryFolder
    private let certificate: SelfSignedCertificate

    init() throws {
        folder = try TemporaryFolder()
        certificate = try SelfSignedCertificate(in: folder)
    }

    @Test func `a client that trusts the certificate is answered, with large bodies and streams`() async throws {
        let router = Router.echo { router in
            router.get("/stream") { _, _ in
                .stream(contentType: "text/plain") { writer in
                    for number in 0..<1_000 { try await writer.write("\(number)\n") }
                }
            }
        }
        try await withServer(router, configure: { $0.tls = certificate.tls }) { server, port in
            try await withClient(trusting: certificate.tls.certificateChain) { client in
                let base = "https://127.0.0.1:\(port)"
                #expect(
                    try await client.collect(ClientRequest(.get, base + "/health"), limit: 100).body == Array("ok".utf8)
                )
                let large = (0..<3 << 20).map { UInt8(truncatingIfNeeded: $0 / 7) }
                let echo = ClientRequest(.post, base + "/echo", body: large)
                #expect(try await client.collect(echo, limit: 4 << 20).body == large)
                let stream = try await client.collect(ClientRequest(.get, base + "/stream"), limit: 1 << 20).body
                #expect(stream == (0..<1_000).flatMap { Array("\($0)\n".utf8) })
                #expect(server.connectionCount == 1)
            }
        }
    }

    @Test func `a certificate that the client does not trust, or that is for another name, ends the request`()
        async throws
    {
        try await withServer(configure: { $0.tls = certificate.tls }) { _, port in
            for (authorities, host) in [(nil, "127.0.0.1"), (certificate.tls.certificateChain, "localhost")] {
                try await withClient(trusting: authorities) { client in
                    let request = ClientRequest(.get, "https://\(host):\(port)/health")
                    let error = await #expect(throws: HTTPClientError.self) {
                        try await client.collect(request, limit: 100)
                    }
                    #expect(error?.kind == .tls, "\(error?.message ?? "")")
                }
            }
            try await expectHealth(port)
        }
    }

    @Test func `what speaks no TLS, or nothing at all, is hung up on and disturbs nobody`() async throws {
        try await withServer(
            configure: {
                $0.tls = certificate.tls
                $0.timeouts.header = .milliseconds(300)
            }
        ) { _, port in
            for bytes in ["GET /health HTTP/1.1\r\nHost: x\r\n\r\n", "\u{16}\u{03}\u{01}\u{02}\0\u{01}", "\0\0\0", ""] {
                let connection = try RawConnection(port: port)
                try await connection.send(bytes)
                #expect(!(try await connection.receiveAll()).contains("HTTP/1.1 200"))
            }
            try await expectHealth(port)
        }
    }

    @Test func `a WebSocket goes through TLS, and closes in order`() async throws {
        let router = Router.echo { router in
            router.get("/echo-socket") { _, _ in
                .webSocket { socket in
                    while let message = await socket.receive() {
                        if message.text == "bye" { return socket.close(4001, reason: "bye") }
                        try await socket.send(message)
                    }
                }
            }
        }
        try await withServer(router, configure: { $0.tls = certificate.tls }) { server, port in
            var socket = try await WebSocketClient(port: port, "/echo-socket", isEncrypted: true)
            let message = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
            for payload in [Array("hé".utf8), message] {
                try await socket.send(.binary, payload)
                #expect(try await socket.receive() == .init(opcode: 2, payload: payload))
            }
            try await socket.send(.text, Array("bye".utf8))
            #expect(try await socket.closeCode() == 4001)
            try await socket.send(.close, [0x0F, 0xA1])
            #expect(try await socket.connection.receiveAll().isEmpty)
        }
    }

    @Test func `a certificate that can't be read, or whose key is another, is an error at the start`() async throws {
        let other = try SelfSignedCertificate(in: folder).tls.privateKey
        for (chain, key) in [
            (folder.newFile("missing"), certificate.tls.privateKey), (certificate.tls.certificateChain, other),
            (certificate.tls.privateKey, certificate.tls.privateKey),
        ] {
            var configuration = ServerConfiguration()
            configuration.tls = ServerConfiguration.TLS(certificateChain: chain, privateKey: key)
            let server = HTTPServer(configuration, router: .echo(), renderError: render)
            await #expect(throws: ServerStartError.self) { try await server.run() }
        }
    }

    private func expectHealth(_ port: UInt16) async throws {
        try await withClient(trusting: certificate.tls.certificateChain) { client in
            let request = ClientRequest(.get, "https://127.0.0.1:\(port)/health")
            let answer = try await client.collect(request, limit: 100)
            #expect(answer.head.status == .ok)
        }
    }
}

private func withClient(trusting authorities: String?, _ body: (HTTPClient) async throws -> Void) async throws {
    var configuration = ClientConfiguration()
    configuration.certificateAuthorities = authorities
    let client = HTTPClient(configuration)
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await client.run() }
        defer { group.cancelAll() }
        try await body(client)
    }
}
