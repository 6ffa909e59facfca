/// What a client of the session socket puts on the wire.
enum SocketFrame {
    static let handshake = """
        GET /v1/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n
        """

    /// Code 1000.
    static let close: [UInt8] = [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xE8]

    /// A text message under a mask of zeros.
    static func text(_ text: String) -> [UInt8] {
        let payload = Array(text.utf8)
        return [0x81] + length(payload.count) + [0, 0, 0, 0] + payload
    }

    private static func length(_ count: Int) -> [UInt8] {
        func bytes(_ width: Int) -> [UInt8] {
            (0..<width).reversed().map { UInt8(truncatingIfNeeded: count >> ($0 * 8)) }
        }
        if count < 126 { return [0x80 | UInt8(count)] }
        return count < 65_536 ? [0xFE] + bytes(2) : [0xFF] + bytes(8)
    }
}
