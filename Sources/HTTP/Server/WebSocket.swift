import CBeast
import Synchronization

/// One open WebSocket.
///
/// Any number of tasks may send; one receives.
///
/// The transport reads two messages ahead and no more, so a handler that is slow to ``receive()`` slows the client down.
/// Pings are answered, and sent to a silent client, without the handler knowing.
package final class WebSocket: Sendable {
    /// Owns one reference of the transport's socket.
    ///
    /// `@unchecked`: the pointer never changes and the transport's functions may be called on any thread.
    private final class Handle: @unchecked Sendable {
        let pointer: OpaquePointer
        init(_ pointer: OpaquePointer) { self.pointer = pointer }
        deinit { beast_socket_release(pointer) }
    }

    private typealias Receiver = CheckedContinuation<WebSocketMessage?, Never>

    private struct State {
        var handle: Handle?
        var messages: [WebSocketMessage] = []
        var receiver: Receiver?
        var closeCode: WebSocketCloseCode?
    }

    private let state = Mutex(State())
    private let backpressure = Backpressure()
    /// Called when the connection has ended, however.
    private let onEnd: @Sendable () -> Void

    init(onEnd: @escaping @Sendable () -> Void) { self.onEnd = onEnd }

    /// How the connection ended; `nil` while it is open.
    package var closeCode: WebSocketCloseCode? { state.withLock(\.closeCode) }

    /// The next message; `nil` when the connection has ended or the task was cancelled.
    ///
    /// Messages that arrived before the end are still handed out.
    package func receive() async -> WebSocketMessage? {
        let message = await withTaskCancellationHandler {
            await withCheckedContinuation { (receiver: Receiver) in
                let now: WebSocketMessage?? = state.withLock { state in
                    // One receiver: a second would take the first one's place and leave it asleep for ever.
                    precondition(state.receiver == nil, "two tasks receive from one WebSocket")
                    if !state.messages.isEmpty { return .some(state.messages.removeFirst()) }
                    if state.closeCode != nil || Task.isCancelled { return .some(nil) }
                    state.receiver = receiver
                    return nil
                }
                if let now { receiver.resume(returning: now) }
            }
        } onCancel: {
            state.withLock { $0.receiver.take() }?.resume(returning: nil)
        }
        if message != nil, let handle = state.withLock(\.handle) { beast_socket_consumed(handle.pointer) }
        return message
    }

    /// - Throws: ``ConnectionClosed`` when the connection has ended, `CancellationError` when the task was cancelled.
    package func send(_ message: WebSocketMessage) async throws {
        try await send(message.kind == .text ? BEAST_TEXT : BEAST_BINARY, message.bytes)
    }

    package func send(_ text: String) async throws {
        try await send(BEAST_TEXT, Array(text.utf8))
    }

    /// - Parameter payload: at most 125 bytes; more are cut off.
    package func ping(_ payload: [UInt8] = []) async throws {
        try await send(BEAST_PING, payload)
    }

    /// Sends what is queued, then the close frame.
    ///
    /// Nothing can be sent after this; ``receive()`` ends when the peer agrees.
    ///
    /// - Parameter reason: for the peer's log, at most 123 bytes.
    package func close(_ code: WebSocketCloseCode = .normal, reason: String = "") {
        guard let handle = state.withLock(\.handle) else { return }
        beast_socket_close(handle.pointer, code.rawValue, reason)
    }

    private func send(_ opcode: beast_opcode, _ bytes: [UInt8]) async throws {
        guard let handle = state.withLock(\.handle) else { throw ConnectionClosed() }
        try await backpressure.send {
            bytes.withUnsafeBytes {
                beast_socket_send(handle.pointer, Int32(opcode.rawValue), $0.baseAddress, $0.count)
            }
        }
    }

    // MARK: The transport

    func bind(_ pointer: OpaquePointer) {
        let handle = Handle(pointer)
        state.withLock { $0.handle = handle }
    }

    func deliver(_ message: WebSocketMessage) {
        let receiver: Receiver? = state.withLock { state in
            if state.receiver == nil { state.messages.append(message) }
            return state.receiver.take()
        }
        receiver?.resume(returning: message)
    }

    func drained() { backpressure.drained() }

    func ended(_ code: Int32) {
        let receiver = state.withLock { state in
            state.closeCode = WebSocketCloseCode(rawValue: UInt16(clamping: code))
            return state.receiver.take()
        }
        receiver?.resume(returning: nil)
        backpressure.close()
        onEnd()
    }
}
