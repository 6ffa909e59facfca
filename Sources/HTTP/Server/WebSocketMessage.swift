/// A whole message, however many fragments it came in.
package struct WebSocketMessage: Sendable, Equatable {
    package enum Kind: Sendable { case text, binary }

    package let kind: Kind
    /// Of a text message: valid UTF-8, checked on arrival.
    package let bytes: [UInt8]

    package init(_ kind: Kind, _ bytes: [UInt8]) {
        self.kind = kind
        self.bytes = bytes
    }

    package init(_ text: String) { self.init(.text, Array(text.utf8)) }

    package var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// Why a WebSocket ended (RFC 6455 section 7.4).
package struct WebSocketCloseCode: RawRepresentable, Hashable, Sendable, ExpressibleByIntegerLiteral {
    package let rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }
    package init(integerLiteral value: UInt16) { rawValue = value }

    package static let normal: WebSocketCloseCode = 1000
    package static let goingAway: WebSocketCloseCode = 1001
    package static let protocolError: WebSocketCloseCode = 1002
    /// The peer's close frame had no code.
    package static let noStatus: WebSocketCloseCode = 1005
    /// The connection ended without a close frame.
    package static let abnormal: WebSocketCloseCode = 1006
    package static let invalidPayload: WebSocketCloseCode = 1007
    package static let policyViolation: WebSocketCloseCode = 1008
    package static let messageTooBig: WebSocketCloseCode = 1009
    package static let internalError: WebSocketCloseCode = 1011
    package static let tryAgainLater: WebSocketCloseCode = 1013
}
