import ContextAPI
import Glibc
import HTTP
import Runtime
import Testing

/// Serves `roost` on a free port of the loopback for the length of `body`.
func withLiveServer(
    _ roost: Roost,
    configure: (inout ServerConfiguration) -> Void = { _ in },
    _ body: @Sendable (_ live: LiveServer) async throws -> Void
) async throws {
    var configuration = ServerConfiguration()
    configuration.timeouts.linger = .milliseconds(200)
    configuration.timeouts.drain = .seconds(1)
    configure(&configuration)
    let server = HTTPServer(configuration, router: roost.router) { roost.renderer.render($0, for: $1) }
    let client = HTTPClient()
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await server.run() }
        group.addTask { try await client.run() }
        defer { group.cancelAll() }
        try await body(LiveServer(port: try await server.ready.wait(), client: client))
    }
}

struct LiveServer: Sendable {
    let port: UInt16
    let client: HTTPClient

    func send(
        _ method: HTTPMethod,
        _ target: String,
        headers: HTTPHeaders = [:],
        body: [UInt8] = []
    ) async throws -> Answer {
        let request = ClientRequest(method, "http://127.0.0.1:\(port)\(target)", headers: headers, body: body)
        let (head, bytes) = try await client.collect(request, limit: 64 << 20)
        return Answer(status: head.status.rawValue, headers: head.headers, bytes: bytes)
    }

    /// What the server answers to these very bytes until it closes; the client says nothing more after them.
    func speak(_ text: String) async throws -> String {
        try await speak(Array(text.utf8))
    }

    func speak(_ bytes: [UInt8]) async throws -> String {
        let thread = BlockingExecutor(name: "speak")
        return try await thread.run { [port] in
            let socket = try ClientSocket(port: port)
            socket.send(bytes)
            shutdown(socket.descriptor, Int32(SHUT_WR))
            return String(decoding: socket.receiveAll(), as: UTF8.self)
        }
    }

    /// The server is alive and answers others.
    func expectHealthy(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let answer = try await send(.get, "/health")
        #expect(answer.status == 200, sourceLocation: sourceLocation)
    }
}

/// A blocking TCP connection that closes with its owner.
final class ClientSocket: Sendable {
    let descriptor: Int32

    struct Failed: Error { let code: Int32 }

    /// - Parameter receiveBuffer: bytes that the kernel holds for a client that doesn't read.
    init(port: UInt16, receiveBuffer: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if var size = receiveBuffer { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, 4) }
        var patience = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failed(code: errno) }
    }

    deinit { close(descriptor) }

    /// As much as the server takes before it closes.
    func send(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    func receiveAll() -> [UInt8] {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while case let count = recv(descriptor, &buffer, buffer.count, 0), count > 0 { all += buffer.prefix(count) }
        return all
    }
}
