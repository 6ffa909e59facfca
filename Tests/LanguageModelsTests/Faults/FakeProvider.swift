import Glibc
import Runtime
import Synchronization
import Testing

/// A provider that does to its callers what a script says, byte by byte, over raw sockets.
///
/// The first request gets the first script, and so on; the last one is for all that come later.
final class FakeProvider: Sendable {
    enum Step: Sendable {
        case write(String)
        case pause(Duration)
        /// Closes as an orderly peer does.
        case close
        /// Closes like a process that is killed: what was written may be lost.
        case reset
        /// Says nothing more, and notes when the caller leaves.
        case hold
        /// Writes again and again until the caller leaves.
        case flood(String)
    }

    let port: UInt16
    private let listener: Int32
    private let scripts: [[Step]]
    private let state = Mutex(State())

    private struct State {
        var requests: [String] = []
        var open: Set<Int32> = []
        var left: MonotonicTime?
    }

    init(_ scripts: [[Step]]) throws {
        self.scripts = scripts
        (listener, port) = try Self.listen()
    }

    deinit { Glibc.close(listener) }

    /// Bodies of the requests that have arrived whole.
    var requests: [String] { state.withLock(\.requests) }

    /// When a caller left a connection that was held.
    var left: MonotonicTime? { state.withLock(\.left) }

    var base: String { "http://127.0.0.1:\(port)" }

    /// Serves until cancelled.
    func run() async throws {
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                let thread = BlockingExecutor(name: "fake-provider")
                while let socket = await accept(thread) {
                    group.addTask { await self.serve(socket) }
                }
            }
        } onCancel: {
            shutdown(listener, Int32(SHUT_RDWR))
            for socket in state.withLock(\.open) { shutdown(socket, Int32(SHUT_RDWR)) }
        }
    }

    private func accept(_ thread: BlockingExecutor) async -> Int32? {
        let socket = await thread.run { [listener] in Glibc.accept(listener, nil, nil) }
        guard socket >= 0 else { return nil }
        state.withLock { _ = $0.open.insert(socket) }
        return socket
    }

    /// On a thread of its own, so that a busy pool does not slow the provider down.
    private func serve(_ socket: Int32) async {
        await BlockingExecutor(name: "fake-provider-\(socket)").run { self.answerRequests(socket) }
        state.withLock { _ = $0.open.remove(socket) }
        Glibc.close(socket)
    }

    private func answerRequests(_ socket: Int32) {
        while let body = receiveRequest(socket) {
            let turn = state.withLock { state in
                state.requests.append(body)
                return state.requests.count - 1
            }
            for step in scripts[min(turn, scripts.count - 1)] {
                guard perform(step, socket) else { return }
            }
        }
    }

    /// - Returns: whether the connection goes on.
    private func perform(_ step: Step, _ socket: Int32) -> Bool {
        switch step {
        case .write(let text): return sendAll(socket, Array(text.utf8))
        case .pause(let duration):
            usleep(UInt32(duration / .microseconds(1)))
            return true
        case .close: return false
        case .reset:
            var option = linger(l_onoff: 1, l_linger: 0)
            setsockopt(socket, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
            return false
        case .hold:
            var byte: UInt8 = 0
            recv(socket, &byte, 1, 0)
            state.withLock { $0.left = .now }
            return false
        case .flood(let text):
            let bytes = Array(String(repeating: text, count: 1 + 65_536 / text.utf8.count).utf8)
            while sendAll(socket, bytes) {}
            return false
        }
    }

    fileprivate static func listen(backlog: Int32 = 128) throws -> (Int32, UInt16) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        try #require(listener >= 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                let result = bind(listener, address, size)
                getsockname(listener, address, &size)
                return result
            }
        }
        try #require(result == 0 && Glibc.listen(listener, backlog) == 0)
        return (listener, UInt16(bigEndian: address.sin_port))
    }
}

/// A listener whose queue is full: Linux leaves further connections without an answer.
final class FullListener: Sendable {
    let port: UInt16
    private let listener: Int32
    private let fillers: [Int32]

    init() throws {
        let (listener, port) = try FakeProvider.listen(backlog: 0)
        (self.listener, self.port) = (listener, port)
        fillers = (0..<4).map { _ in
            let filler = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            _ = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(filler, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            return filler
        }
    }

    deinit { for socket in fillers + [listener] { close(socket) } }
}

/// - Returns: the body; `nil` when the peer leaves before the request is whole.
private func receiveRequest(_ socket: Int32) -> String? {
    var received: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while true {
        let text = String(decoding: received, as: UTF8.self)
        if let end = text.firstRange(of: "\r\n\r\n") {
            let length = text[..<end.lowerBound].split(separator: "\r\n").lazy
                .filter { $0.lowercased().hasPrefix("content-length:") }
                .compactMap { Int($0.drop { $0 != ":" }.dropFirst().drop { $0 == " " }) }.first
            let body = text[end.upperBound...]
            if body.utf8.count >= length ?? 0 { return String(body) }
        }
        let count = recv(socket, &buffer, buffer.count, 0)
        guard count > 0 else { return nil }
        received += buffer.prefix(count)
    }
}

/// - Returns: whether the peer is still there.
private func sendAll(_ socket: Int32, _ bytes: [UInt8]) -> Bool {
    var sent = 0
    while sent < bytes.count {
        let count = bytes.withUnsafeBytes { bytes -> Int in
            guard let start = bytes.baseAddress else { return 0 }
            return send(socket, start + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
        }
        guard count > 0 else { return false }
        sent += count
    }
    return true
}
