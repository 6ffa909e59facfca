import Glibc
import Testing

/// The client's half of RFC 6455, for tests: it can also send what it must not.
struct WebSocketClient {
    enum Opcode: UInt8, Sendable { case continuation, text, binary, close = 8, ping, pong }

    /// A frame as the server sends it: whole, without a mask.
    struct Frame: Equatable, Sendable {
        var opcode: UInt8
        var payload: [UInt8]
    }

    let connection: RawConnection
    /// The server's answer to the handshake, names in lower case.
    let headers: [String: String]
    private var reader: AnswerReader

    /// - Parameter fields: further lines of the handshake, each with its CR LF.
    init(
        port: UInt16,
        _ path: String,
        fields: String = "",
        receiveBuffer: Int32? = nil,
        isEncrypted: Bool = false
    ) async throws {
        connection = try RawConnection(port: port, receiveBuffer: receiveBuffer, isEncrypted: isEncrypted)
        reader = AnswerReader(connection)
        try await connection.send(
            """
            GET \(path) HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n\
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\(fields)\r\n
            """
        )
        let answer = try await reader.next(isHead: true)
        headers = answer.headers
        try #require(answer.status == 101)
        // RFC 6455 section 1.3 has this pair as its example.
        try #require(answer.headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }

    func send(_ opcode: Opcode, _ payload: [UInt8], isFinal: Bool = true) async throws {
        try await connection.send(Self.frame(opcode.rawValue, payload, isFinal: isFinal))
    }

    /// - Parameter reserved: the three bits that belong to extensions.
    static func frame(_ opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true, reserved: UInt8 = 0) -> [UInt8] {
        let mask: [UInt8] = [0x12, 0x34, 0x56, 0x78]
        var frame: [UInt8] = [(isFinal ? 0x80 : 0) | reserved << 4 | opcode]
        switch payload.count {
        case ..<126: frame.append(0x80 | UInt8(payload.count))
        case ..<65536: frame += [0xFE] + bytes(payload.count, 2)
        default: frame += [0xFF] + bytes(payload.count, 8)
        }
        frame += mask
        let start = frame.count
        frame += payload
        frame.withUnsafeMutableBytes { apply(mask, to: UnsafeMutableRawBufferPointer(rebasing: $0[start...])) }
        return frame
    }

    /// Eight bytes at once: a debug build takes seconds over megabytes otherwise.
    private static func apply(_ mask: [UInt8], to bytes: UnsafeMutableRawBufferPointer) {
        let wide = mask.reversed().reduce(0) { $0 << 8 | UInt64($1) } &* 0x1_0000_0001
        let whole = bytes.count & ~7
        for offset in stride(from: 0, to: whole, by: 8) {
            let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            bytes.storeBytes(of: word ^ wide.littleEndian, toByteOffset: offset, as: UInt64.self)
        }
        for offset in whole..<bytes.count { bytes[offset] ^= mask[offset & 3] }
    }

    /// - Parameter chop: how many bytes leave at once; `nil`: as many as the kernel takes.
    func sendRaw(_ bytes: [UInt8], chop: Int? = nil) async throws { try await connection.send(bytes, chop: chop) }

    mutating func receive() async throws -> Frame {
        let head = try await reader.take(2)
        try #require(
            head[0] & 0xF0 == 0x80 && head[1] & 0x80 == 0,
            "a fragment, a reserved bit or a mask from the server"
        )
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

extension WebSocketClient {
    /// Whether nothing comes but the end of the connection.
    mutating func hasEnded() async throws -> Bool {
        do {
            _ = try await receive()
            return false
        } catch is AnswerReader.Ended {
            return true
        }
    }
}

extension WebSocketClient.Frame {
    /// Equality by `memcmp`: a debug build compares megabytes one by one otherwise.
    func isSame(as other: Self) -> Bool {
        guard opcode == other.opcode, payload.count == other.payload.count else { return false }
        return payload.withUnsafeBytes { mine in
            other.payload.withUnsafeBytes { theirs in
                guard let left = mine.baseAddress, let right = theirs.baseAddress else { return true }
                return memcmp(left, right, mine.count) == 0
            }
        }
    }
}
