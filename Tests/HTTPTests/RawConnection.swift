import CCrypto
import Glibc
import Runtime
import Testing

/// A client that says whatever bytes a test wants, over a blocking socket on a thread of its own.
///
/// `@unchecked`: the TLS session is used by the sending thread only, which then receives as well.
final class RawConnection: @unchecked Sendable {
    private let descriptor: Int32
    private let session: OpaquePointer?
    private let sender = BlockingExecutor(name: "raw-sender")
    private let receiver: BlockingExecutor

    /// - Parameter receiveBuffer: bytes that the kernel holds for a client that doesn't read; `nil` for its default.
    init(port: UInt16, receiveBuffer: Int32? = nil, isEncrypted: Bool = false) throws {
        receiver = isEncrypted ? sender : BlockingExecutor(name: "raw-receiver")
        session = isEncrypted ? Self.newSession() : nil
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        try #require(descriptor >= 0)
        if var size = receiveBuffer { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, 4) }
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
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
        guard result == 0 else {
            Glibc.close(descriptor)
            throw ConnectFailed(code: errno)
        }
        if let session { try #require(SSL_set_fd(session, descriptor) == 1 && SSL_connect(session) == 1) }
    }

    /// Of TLS, without asking whom it talks to.
    private static func newSession() -> OpaquePointer? {
        let context = SSL_CTX_new(TLS_client_method())
        defer { SSL_CTX_free(context) }
        return SSL_new(context)
    }

    struct ConnectFailed: Error { let code: Int32 }

    deinit {
        SSL_free(session)
        Glibc.close(descriptor)
    }

    /// Sends all, or as much as the server takes before it closes.
    ///
    /// - Parameter chop: how many bytes a packet has at most.
    func send(_ bytes: [UInt8], chop: Int? = nil) async throws {
        await sender.run { [self] in
            var sent = 0
            while sent < bytes.count {
                let count = bytes.withUnsafeBytes { bytes -> Int in
                    guard let start = bytes.baseAddress else { return 0 }
                    let count = min(bytes.count - sent, chop ?? .max)
                    if let session { return Int(SSL_write(session, start + sent, Int32(count))) }
                    return Glibc.send(descriptor, start + sent, count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { return }
                sent += count
            }
        }
    }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    /// What is there, at least a byte; empty at the end of the stream and after a reset.
    func receive() async throws -> [UInt8] {
        try await receiver.run { [self] () throws(Silence) in
            var buffer = [UInt8](repeating: 0, count: 65536)
            let count =
                session.map { Int(SSL_read($0, &buffer, Int32(buffer.count))) }
                ?? recv(descriptor, &buffer, buffer.count, 0)
            if count < 0 && errno == EAGAIN { throw Silence() }
            return Array(buffer.prefix(max(0, count)))
        }
    }

    /// The server neither answered nor closed.
    struct Silence: Error {}

    /// Everything until the server closes.
    func receiveAll() async throws -> String {
        var all: [UInt8] = []
        while case let bytes = try await receive(), !bytes.isEmpty { all += bytes }
        return String(decoding: all, as: UTF8.self)
    }

    func closeSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Like a process that is killed: the kernel answers what comes later with a reset.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        shutdown(descriptor, Int32(SHUT_RDWR))
    }
}

/// Reads answers out of a connection, one after the other.
struct AnswerReader {
    struct Answer {
        var status: Int
        var headers: [String: String]
        var body: [UInt8]
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    struct Ended: Error {}

    let connection: RawConnection
    private var buffer: [UInt8] = []

    init(_ connection: RawConnection) { self.connection = connection }

    mutating func next(isHead: Bool = false) async throws -> Answer {
        let head = String(decoding: try await take(through: Array("\r\n\r\n".utf8)), as: UTF8.self)
        let lines = head.split(separator: "\r\n")
        let status = try #require(lines.first.flatMap { Int($0.split(separator: " ")[1]) })
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let colon = try #require(line.firstIndex(of: ":"))
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].drop { $0 == " " }.description
        }
        var body: [UInt8] = []
        if !isHead, status >= 200 {
            if let length = headers["content-length"].flatMap(Int.init) {
                body = try await take(length)
            } else if headers["transfer-encoding"] == "chunked" {
                body = try await chunks()
            }
        }
        return Answer(status: status, headers: headers, body: body)
    }

    mutating func take(_ count: Int) async throws -> [UInt8] {
        while buffer.count < count { try await fill() }
        defer { buffer.removeFirst(count) }
        return Array(buffer.prefix(count))
    }

    private mutating func chunks() async throws -> [UInt8] {
        var body: [UInt8] = []
        while true {
            let line = try await take(through: Array("\r\n".utf8))
            let count = try #require(Int(String(decoding: line.dropLast(2), as: UTF8.self), radix: 16))
            body += try await take(count)
            _ = try await take(2)
            if count == 0 { return body }
        }
    }

    private mutating func take(through mark: [UInt8]) async throws -> [UInt8] {
        var searched = 0
        while true {
            var position = searched
            while position + mark.count <= buffer.count {
                if buffer[position..<position + mark.count].elementsEqual(mark) {
                    return try await take(position + mark.count)
                }
                position += 1
            }
            searched = max(0, buffer.count - mark.count)
            try await fill()
        }
    }

    private mutating func fill() async throws {
        let bytes = try await connection.receive()
        guard !bytes.isEmpty else { throw Ended() }
        buffer += bytes
    }
}
