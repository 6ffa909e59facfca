import Foundation

/// Frames become messages (RFC 6455, section 5): bytes in, events out, no input/output of its own.
///
/// What the server may not send is a ``ProtocolViolation``, after which nothing more is read.
struct FrameReader {
    enum Event: Equatable {
        case text(Data)
        case binary
        case ping(Data)
        case pong

        /// `code` is `nil` when the server gave none.
        case close(code: UInt16?, reason: String)
    }

    private struct Header {
        let isFinal: Bool
        let opcode: FrameOpcode
        let length: Int
        let size: Int
    }

    /// Bytes of a message, all its fragments together.
    private let limit: Int

    /// What has come; `start` is where the next frame begins.
    private var bytes: [UInt8] = []
    private var start = 0

    private var message: [UInt8] = []
    private var messageOpcode: FrameOpcode?

    init(limit: Int) {
        self.limit = limit
    }

    mutating func append(_ data: Data) {
        if start > 0 {
            bytes.removeFirst(start)
            start = 0
        }
        bytes.append(contentsOf: data)
    }

    /// The next complete message or control frame; `nil` until more bytes have come.
    mutating func next() throws(ProtocolViolation) -> Event? {
        while let header = try header() {
            let body = start + header.size
            guard bytes.count - body >= header.length else { return nil }
            let payload = bytes[body..<body + header.length]
            start = body + header.length
            if let event = try take(header, payload) { return event }
        }
        return nil
    }

    private func header() throws(ProtocolViolation) -> Header? {
        let head = bytes[start...].prefix(10)
        guard head.count >= 2 else { return nil }
        let (first, second) = (head[start], head[start + 1])
        guard first & 0x70 == 0 else { throw .protocolError("a reserved bit is set") }
        guard second & 0x80 == 0 else { throw .protocolError("a server's frame is masked") }
        guard let opcode = FrameOpcode(rawValue: first & 15) else { throw .protocolError("opcode \(first & 15)") }
        let isFinal = first & 0x80 != 0
        if opcode.isControl, !isFinal || second > 125 {
            throw .protocolError("a control frame is fragmented or has more than 125 bytes")
        }
        let extra = second == 126 ? 2 : second == 127 ? 8 : 0
        guard head.count >= 2 + extra else { return nil }
        let number = head.dropFirst(2).prefix(extra).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let length = extra == 0 ? UInt64(second) : number
        guard length <= UInt64(limit), message.count + Int(length) <= limit else {
            throw .tooLarge("a message has more than \(limit) bytes")
        }
        return Header(isFinal: isFinal, opcode: opcode, length: Int(length), size: 2 + extra)
    }

    private mutating func take(_ header: Header, _ payload: ArraySlice<UInt8>) throws(ProtocolViolation) -> Event? {
        switch header.opcode {
        case .ping: return .ping(Data(payload))
        case .pong: return .pong
        case .close: return try Self.close(payload)
        case .continuation:
            guard messageOpcode != nil else { throw .protocolError("a continuation of nothing") }
        case .text, .binary:
            guard messageOpcode == nil else { throw .protocolError("a message inside another") }
            messageOpcode = header.opcode
        }
        message.append(contentsOf: payload)
        return header.isFinal ? try finish() : nil
    }

    private mutating func finish() throws(ProtocolViolation) -> Event {
        defer {
            message = []
            messageOpcode = nil
        }
        guard messageOpcode == .text else { return .binary }
        guard String(validating: message, as: UTF8.self) != nil else { throw .invalidText }
        return .text(Data(message))
    }

    private static func close(_ payload: ArraySlice<UInt8>) throws(ProtocolViolation) -> Event {
        guard payload.count != 1 else { throw .protocolError("half a close code") }
        guard payload.count >= 2 else { return .close(code: nil, reason: "") }
        guard let reason = String(validating: payload.dropFirst(2), as: UTF8.self) else { throw .invalidText }
        return .close(code: payload.prefix(2).reduce(0) { $0 << 8 | UInt16($1) }, reason: reason)
    }
}

enum FrameOpcode: UInt8 {
    case continuation = 0
    case text = 1
    case binary = 2
    case close = 8
    case ping = 9
    case pong = 10

    var isControl: Bool { rawValue >= 8 }
}

/// What a peer may not send, with the code that tells it so.
struct ProtocolViolation: Error, Equatable {
    let closeCode: UInt16
    let reason: String

    static let invalidText = ProtocolViolation(closeCode: 1007, reason: "text that is not UTF-8")

    static func protocolError(_ reason: String) -> ProtocolViolation {
        ProtocolViolation(closeCode: 1002, reason: reason)
    }

    static func tooLarge(_ reason: String) -> ProtocolViolation { ProtocolViolation(closeCode: 1009, reason: reason) }
}
