import ContextCore
import FoundationEssentials
import Glibc
import Runtime
import Testing

/// The client's half of a WebSocket (RFC 6455), which can also send what it must not.
final class SocketClient: Sendable {
    private let socket: ClientSocket
    private let thread = BlockingExecutor(name: "socket-client")

    init(port: UInt16, user: String = "anna", receiveBuffer: Int32? = nil) async throws {
        let socket = try ClientSocket(port: port, receiveBuffer: receiveBuffer)
        self.socket = socket
        let head = try await thread.run {
            let lines = [
                "GET /v1/ws HTTP/1.1", "Host: x", "Upgrade: websocket", "Connection: Upgrade", "X-Test-User: \(user)",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
            ]
            socket.send(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8))
            var head: [UInt8] = []
            while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) { head += try Self.take(1, from: socket) }
            return String(decoding: head, as: UTF8.self)
        }
        try #require(head.hasPrefix("HTTP/1.1 101"))
    }

    /// A client that has read the server's greeting.
    static func greeted(port: UInt16, user: String = "anna") async throws -> SocketClient {
        let client = try await SocketClient(port: port, user: user)
        try #require(try await client.receive()["type"] == "connected")
        return client
    }

    func send(_ message: JSONValue) async throws { try await send(text: message.description) }

    func send(text: String) async throws { try await send(frame: Self.frame(0x81, Array(text.utf8))) }

    /// These very bytes.
    func send(frame: [UInt8]) async throws {
        await thread.run { [socket] in socket.send(frame) }
    }

    func ask(_ message: JSONValue) async throws -> JSONValue {
        try await send(message)
        return try await receive()
    }

    func ask(text: String) async throws -> JSONValue {
        try await send(text: text)
        return try await receive()
    }

    /// The next message; `null` when the server closes.
    func receive() async throws -> JSONValue {
        let (opcode, payload) = try await receiveFrame()
        return opcode == 1 ? try JSONDecoder().decode(JSONValue.self, from: Data(payload)) : .null
    }

    /// The code of the close frame that comes next.
    func closeCode() async throws -> Int? {
        let (opcode, payload) = try await receiveFrame()
        return opcode == 8 ? payload.prefix(2).reduce(0) { $0 << 8 | Int($1) } : nil
    }

    func close() async throws {
        try await send(frame: Self.frame(0x88, [0x03, 0xE8]))
        #expect(try await closeCode() == 1000)
    }

    /// Makes a reset of the close that comes with the owner's end, as when a process is killed.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(socket.descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    }

    static func frame(_ head: UInt8, _ payload: [UInt8]) -> [UInt8] {
        var frame = [head]
        let count = payload.count
        switch count {
        case ..<126: frame.append(0x80 | UInt8(count))
        case ..<65_536: frame += [0xFE, UInt8(count >> 8), UInt8(count & 255)]
        default: frame += [0xFF] + (0..<8).reversed().map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
        }
        // A mask of zeros is as good as any.
        return frame + [0, 0, 0, 0] + payload
    }

    private func receiveFrame() async throws -> (opcode: UInt8, payload: [UInt8]) {
        try await thread.run { [socket] in
            while true {
                let head = try Self.take(2, from: socket)
                var count = Int(head[1] & 0x7F)
                if count >= 126 {
                    count = try Self.take(count == 126 ? 2 : 8, from: socket).reduce(0) { $0 << 8 | Int($1) }
                }
                let payload = try Self.take(count, from: socket)
                if head[0] & 0x0F != 9 { return (head[0] & 0x0F, payload) }
                // A ping: a client that is there answers it.
                socket.send(Self.frame(0x8A, payload))
            }
        }
    }

    struct Ended: Error {}

    private static func take(_ count: Int, from socket: ClientSocket) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var taken = 0
        while taken < count {
            let more = bytes.withUnsafeMutableBytes {
                recv(socket.descriptor, $0.baseAddress.map { $0 + taken }, count - taken, 0)
            }
            guard more > 0 else { throw Ended() }
            taken += more
        }
        return bytes
    }
}
