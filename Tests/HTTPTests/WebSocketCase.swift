/// One case of the Autobahn test suite: what a client sends, and what must come back.
///
/// The names are the catalogue's, so that a failure can be looked up there. Its sections 12 and 13 test compression, which
/// the server doesn't offer; their place takes a test of how it declines.
struct WebSocketCase: Sendable {
    enum End: Sendable, Equatable {
        /// The client closes with 1000 when it has its answers, and gets 1000 back.
        case byClient
        /// The frames hold a close frame, or an offence: the server's close frame has one of these codes; 1005 for none.
        ///
        /// The server hangs up by itself after an orderly close.
        case byServer([UInt16], isOrderly: Bool)
    }

    struct Frame: Sendable {
        var opcode: UInt8
        var payload: [UInt8]
        var isFinal = true
        var reserved: UInt8 = 0

        var bytes: [UInt8] { WebSocketClient.frame(opcode, payload, isFinal: isFinal, reserved: reserved) }
    }

    /// How the answers before an offence count: RFC 6455 lets a server that fails a connection drop what it has not sent.
    enum Strictness: Sendable { case all, prefix }

    let name: String
    var frames: [Frame]
    /// Bytes a packet.
    var chop: Int?
    var answers: [WebSocketClient.Frame]
    var strictness = Strictness.all
    var end = End.byClient

    /// Everything sent is a message that comes back whole.
    static func echo(_ name: String, _ frames: Frame..., chop: Int? = nil) -> WebSocketCase {
        echo(name, frames, chop: chop)
    }

    static func echo(_ name: String, _ frames: [Frame], chop: Int? = nil) -> WebSocketCase {
        let answer = WebSocketClient.Frame(opcode: frames[0].opcode, payload: frames.map(\.payload).concatenated())
        return WebSocketCase(name: name, frames: frames, chop: chop, answers: [answer])
    }

    /// A conversation that the client ends.
    static func talk(_ name: String, _ frames: [Frame], chop: Int? = nil, gets answers: [Frame]) -> WebSocketCase {
        WebSocketCase(name: name, frames: frames, chop: chop, answers: answers.map(\.answer))
    }

    /// - Parameter answers: those that may come before.
    static func offence(
        _ name: String,
        _ frames: [Frame],
        chop: Int? = nil,
        after answers: [Frame] = [],
        _ codes: UInt16...
    ) -> WebSocketCase {
        WebSocketCase(
            name: name,
            frames: frames,
            chop: chop,
            answers: answers.map(\.answer),
            strictness: .prefix,
            end: .byServer(codes, isOrderly: false)
        )
    }

    /// A close frame of the client's among the frames: nothing after it counts.
    static func closing(_ name: String, _ frames: [Frame], after answers: [Frame] = [], _ codes: UInt16...)
        -> WebSocketCase
    {
        WebSocketCase(
            name: name,
            frames: frames,
            answers: answers.map(\.answer),
            strictness: .prefix,
            end: .byServer(codes, isOrderly: true)
        )
    }
}

extension WebSocketCase.Frame {
    var answer: WebSocketClient.Frame { .init(opcode: opcode, payload: payload) }

    static func text(_ text: String) -> Self { Self(opcode: 1, payload: Array(text.utf8)) }
    static func text(_ bytes: [UInt8]) -> Self { Self(opcode: 1, payload: bytes) }
    static func binary(_ bytes: [UInt8]) -> Self { Self(opcode: 2, payload: bytes) }
    static func more(_ text: String) -> Self { Self(opcode: 0, payload: Array(text.utf8)) }
    static func ping(_ text: String = "") -> Self { Self(opcode: 9, payload: Array(text.utf8)) }
    static func pong(_ text: String = "") -> Self { Self(opcode: 10, payload: Array(text.utf8)) }
    static func close(_ code: UInt16, _ reason: String = "") -> Self {
        Self(opcode: 8, payload: [UInt8(code >> 8), UInt8(code & 0xFF)] + Array(reason.utf8))
    }

    static func other(_ opcode: UInt8, _ text: String = "") -> Self { Self(opcode: opcode, payload: Array(text.utf8)) }

    /// Another frame of the same message follows.
    var open: Self {
        var frame = self
        frame.isFinal = false
        return frame
    }

    func reserving(_ bits: UInt8) -> Self {
        var frame = self
        frame.reserved = bits
        return frame
    }

    /// One message in fragments of at most `size` bytes.
    static func fragments(_ opcode: UInt8, _ payload: [UInt8], of size: Int) -> [Self] {
        stride(from: 0, to: payload.count, by: size).map { start in
            let end = min(start + size, payload.count)
            return Self(
                opcode: start == 0 ? opcode : 0,
                payload: Array(payload[start..<end]),
                isFinal: end == payload.count
            )
        }
    }
}

extension [[UInt8]] {
    /// What `joined()` gives, copied piece by piece: a debug build copies that byte by byte.
    func concatenated() -> [UInt8] { reduce(into: []) { $0 += $1 } }
}
