import CBeast
import Runtime
import Synchronization

/// The Swift side of one request and its answer.
///
/// It owns a reference to the transport's exchange, so the request's bytes live as long as this object.
///
/// `@unchecked`: the pointer never changes, the transport's functions may be called on any thread, the request's bytes
/// are never written again, and what does change is behind the mutex.
final class Exchange: @unchecked Sendable {
    private let handle: OpaquePointer
    let backpressure = Backpressure()
    private let state = Mutex(State())

    private struct State {
        var task: Task<Void, Never>?
        var isCancelled = false
        var status: HTTPStatus?
    }

    /// The head of a streamed answer whose first bytes are still to come.
    ///
    /// A lock of its own is held while it is sent: of two tasks that write at once, neither may be before the head.
    private let head = Mutex<(status: HTTPStatus, headers: HTTPHeaders)?>(nil)

    /// Takes over the transport's reference.
    init(_ handle: OpaquePointer) { self.handle = handle }

    deinit { beast_exchange_release(handle) }

    // MARK: The request

    private var request: beast_request { beast_exchange_request(handle).pointee }

    var loop: UInt32 { beast_exchange_loop(handle) }
    var method: HTTPMethod { HTTPMethod(rawValue: String(request.method)) }
    var target: RequestTarget { RequestTarget(String(request.target)) }
    var peer: String { String(request.peer) }
    var isWebSocketUpgrade: Bool { request.upgrade }

    var headers: HTTPHeaders {
        let fields = UnsafeBufferPointer(start: request.fields, count: request.field_count)
        return HTTPHeaders(fields.map { HTTPHeaders.Field(name: String($0.name), value: String($0.value)) })
    }

    func withBody<Result>(_ read: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try withExtendedLifetime(self) {
            try read(UnsafeRawBufferPointer(start: request.body, count: request.body_count))
        }
    }

    // MARK: The task

    /// Remembers the task that works on the answer.
    ///
    /// The client may have left before it was stored: then it is told now.
    func attach(_ task: Task<Void, Never>) {
        let isLate = state.withLock { state in
            state.task = task
            return state.isCancelled
        }
        if isLate { task.cancel() }
    }

    func cancel() {
        state.withLock { state in
            state.isCancelled = true
            return state.task
        }?.cancel()
    }

    /// Lets the task go, which holds the exchange.
    func detach() { state.withLock { $0.task = nil } }

    var isCancelled: Bool { state.withLock(\.isCancelled) }

    /// What was answered; `nil` before that.
    var status: HTTPStatus? { state.withLock(\.status) }

    // MARK: The answer

    func respond(_ status: HTTPStatus, _ headers: HTTPHeaders, _ body: [UInt8]) {
        state.withLock { $0.status = status }
        _ = body.withUnsafeBytes { body in
            headers.withFields { fields in
                beast_exchange_respond(
                    handle,
                    Int32(status.rawValue),
                    fields.baseAddress,
                    fields.count,
                    body.baseAddress,
                    body.count,
                    false
                )
            }
        }
    }

    /// Says which head a streamed answer has; it goes out with the first bytes.
    ///
    /// Until then the answer can still become an error with a status of its own.
    func announce(_ status: HTTPStatus, _ headers: HTTPHeaders) {
        head.withLock { $0 = (status, headers) }
    }

    /// Sends the head that was announced, unless it has gone out.
    func begin() throws {
        let isGone = head.withLock { head in
            guard let (status, headers) = head.take() else { return false }
            state.withLock { $0.status = status }
            return headers.withFields {
                beast_exchange_begin(handle, Int32(status.rawValue), $0.baseAddress, $0.count)
            } != Int32(BEAST_DONE)
        }
        if isGone { throw ConnectionClosed() }
    }

    func write(_ bytes: [UInt8]) async throws {
        try begin()
        try await backpressure.send {
            bytes.withUnsafeBytes { bytes in
                bytes.baseAddress.map { beast_exchange_write(handle, $0, bytes.count) } ?? Int32(BEAST_DONE)
            }
        }
    }

    func end(abort: Bool) { beast_exchange_end(handle, abort) }

    /// - Returns: whether the handshake is under way; its callbacks then go to `socket`.
    func upgrade(to socket: WebSocket, subprotocol: String?) -> Bool {
        state.withLock { $0.status = .switchingProtocols }
        let user = Unmanaged.passRetained(socket)
        guard let handle = beast_exchange_upgrade(handle, subprotocol, user.toOpaque()) else {
            user.release()
            return false
        }
        socket.bind(handle)
        return true
    }
}

extension String {
    /// Bytes that aren't UTF-8 (a field value may be Latin-1) are replaced, never trusted.
    init(_ text: beast_text) {
        self.init(decoding: UnsafeRawBufferPointer(start: text.bytes, count: text.count), as: UTF8.self)
    }
}

extension HTTPHeaders {
    /// Lends the fields in the transport's form.
    func withFields<Result>(_ body: (UnsafeBufferPointer<beast_field>) -> Result) -> Result {
        var bytes: [UInt8] = []
        for field in fields {
            bytes += field.name.utf8
            bytes += field.value.utf8
        }
        return bytes.withUnsafeBytes { bytes in
            withUnsafeTemporaryAllocation(of: beast_field.self, capacity: fields.count) { output in
                var rest = bytes[...]
                func take(_ count: Int) -> beast_text {
                    defer { rest = rest.dropFirst(count) }
                    let start = UnsafeRawBufferPointer(rebasing: rest).baseAddress?.assumingMemoryBound(to: CChar.self)
                    return beast_text(bytes: start, count: count)
                }
                for (index, field) in fields.enumerated() {
                    let name = take(field.name.utf8.count)
                    output.initializeElement(
                        at: index,
                        to: beast_field(name: name, value: take(field.value.utf8.count))
                    )
                }
                return body(UnsafeBufferPointer(output))
            }
        }
    }
}
