import Testing

/// The client's half of RFC 6455, for tests: it can also send what it must not.
struct WebSocketClient {
    enum Opcode: UInt8 { case continuation, text, binary, close = 8, ping, pong }

    struct Frame: Equatable {
        var opcode: UInt8
        var payload: [UInt8]
    }

    let connection: RawConnection
    private var reader: AnswerReader

    init(port: UInt16, _ path: String, isEncrypted: Bool = false) async throws {
        connection = try RawConnection(port: port, isEncrypted: isEncrypted)
        reader = AnswerReader(connection)
        try await connection.send(
            """
            GET \(path) HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n\
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n
            """
        )
        let answer = try await reader.next(isHead: true)
        try #require(answer.status == 101)
        // RFC 6455 section 1.3 has this pair as its example.
        try #require(answer.headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }

    func send(_ opcode: Opcode, _ payload: [UInt8], isFinal: Bool = true) async throws {
        let mask: [UInt8] = [0x12, 0x34, 0x56, 0x78]
        var frame: [UInt8] = [(isFinal ? 0x80 : 0) | opcode.rawValue]
        switch payload.count {
        case ..<126: frame.append(0x80 | UInt8(payload.count))
        case ..<65536: frame += [0xFE] + Self.bytes(payload.count, 2)
        default: frame += [0xFF] + Self.bytes(payload.count, 8)
        }
        frame += mask
        frame += payload.enumerated().map { $1 ^ mask[$0 & 3] }
        try await connection.send(frame)
    }

    func sendRaw(_ bytes: [UInt8]) async throws { try await connection.send(bytes) }

    mutating func receive() async throws -> Frame {
        let head = try await reader.take(2)
        var count = Int(head[1] & 0x7F)
        if count >= 126 { count = try await reader.take(count == 126 ? 2 : 8).reduce(0) { $0 << 8 | Int($1) } }
        return Frame(opcode: head[0] & 0x0F, payload: try await reader.take(count))
    }

    /// The code of the close frame that comes next, whatever else comes before.
    mutating func closeCode() async throws -> UInt16 {
        while true {
            let frame = try await receive()
            guard frame.opcode == Opcode.close.rawValue else { continue }
            return frame.payload.prefix(2).reduce(0) { $0 << 8 | UInt16($1) }
        }
    }

    private static func bytes(_ number: Int, _ count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
}
