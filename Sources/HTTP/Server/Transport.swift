import CBeast
import Runtime
import Synchronization

/// The running transport of one server: everything that crosses into C and back.
///
/// `@unchecked`: the pointer never changes, and the transport's functions may be called on any thread.
final class Transport: @unchecked Sendable {
    let port: UInt16
    let executors: [LoopExecutor]
    private let handle: OpaquePointer
    private let isDestroyed = Mutex(false)

    /// Keeps `server` alive until ``destroy()``.
    init(_ server: HTTPServer) throws(ServerStartError) {
        let context = Unmanaged.passRetained(server)
        let configuration = server.configuration
        var reason = [CChar](repeating: 0, count: 256)
        let started = withTransportConfiguration(configuration, faults: Self.faultAnswers(server)) { native in
            withUnsafePointer(to: Self.callbacks(context.toOpaque())) { callbacks in
                beast_server_start(native, callbacks, &reason, reason.count)
            }
        }
        guard let started else {
            context.release()
            let text = String(decoding: reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            throw ServerStartError(address: "\(configuration.host):\(configuration.port)", reason: text)
        }
        handle = started
        port = beast_server_port(started)
        executors = (0..<UInt32(max(1, configuration.ioThreads))).map { LoopExecutor(server: started, loop: $0) }
        self.context = context
    }

    private let context: Unmanaged<HTTPServer>

    /// 0 once the transport is destroyed.
    var connections: Int {
        isDestroyed.withLock { $0 ? 0 : Int(beast_server_connections(handle)) }
    }

    func drain(_ timeout: Duration) { beast_server_drain(handle, timeout.milliseconds) }

    /// Only when nothing is left: no connection, no handler.
    func destroy() {
        isDestroyed.withLock { $0 = true }
        beast_server_destroy(handle)
        context.release()
    }

    /// The answers to faults as the owner of the server renders errors.
    private static func faultAnswers(_ server: HTTPServer) -> [HTTPResponse] {
        (0..<Int32(BEAST_FAULT_COUNT.rawValue)).map { fault in
            let error = TransportFault.error(fault, server.configuration)
            var response = server.renderError(error, nil)
            for field in error.headers.fields { response.headers[field.name] = field.value }
            return response
        }
    }

    private typealias Visit = HTTPServer.Visit

    /// Each retain that C is given (a visit, a socket) is taken back by the callback that comes last and once.
    private static func callbacks(_ context: UnsafeMutableRawPointer) -> beast_callbacks {
        beast_callbacks(
            context: context,
            on_request: { Unmanaged<HTTPServer>.fromOpaque($0).takeUnretainedValue().accept($1) },
            on_fault: { Unmanaged<HTTPServer>.fromOpaque($0).takeUnretainedValue().refused($1, peer: String($2)) },
            on_stopped: { _ = Unmanaged<HTTPServer>.fromOpaque($0).takeUnretainedValue().stopped.open() },
            on_cancel: { Unmanaged<Visit>.fromOpaque($0).takeUnretainedValue().exchange.cancel() },
            on_drained: { Unmanaged<Visit>.fromOpaque($0).takeUnretainedValue().exchange.backpressure.drained() },
            on_end: { user, result, sent in
                let visit = Unmanaged<Visit>.fromOpaque(user).takeRetainedValue()
                visit.server.finish(visit, sent: sent, isComplete: result == Int32(BEAST_DONE))
            },
            on_socket_message: { user, bytes, count, isText in
                let bytes = Array(UnsafeRawBufferPointer(start: bytes, count: count))
                let message = WebSocketMessage(isText ? .text : .binary, bytes)
                Unmanaged<WebSocket>.fromOpaque(user).takeUnretainedValue().deliver(message)
            },
            on_socket_drained: { Unmanaged<WebSocket>.fromOpaque($0).takeUnretainedValue().drained() },
            on_socket_end: { Unmanaged<WebSocket>.fromOpaque($0).takeRetainedValue().ended($1) }
        )
    }
}
