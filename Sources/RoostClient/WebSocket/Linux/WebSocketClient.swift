#if os(Linux)
    import Dispatch
    import Foundation
    import Synchronization

    /// One WebSocket over a plain TCP connection.
    ///
    /// Foundation on Linux passes WebSockets on to libcurl, and most distributions build that without them ("WebSockets not
    /// supported by libcurl"). So here the protocol is ``FrameReader``, ``FrameWriter`` and ``Handshake``, on two queues
    /// that may block, one that reads and one that writes. It has no TLS: for a server elsewhere put a local proxy or
    /// an SSH tunnel before it.
    ///
    /// Events come one after the other on the reading queue.
    final class WebSocketClient: Sendable {
        private struct State {
            var socket: StreamSocket?
            var isClosed = false
        }

        private let request: WebSocketRequest
        private let handle: @Sendable (WebSocketEvent) -> Void
        private let state = Mutex(State())
        private let reading = DispatchQueue(label: "roost-client-reading")
        private let writing = DispatchQueue(label: "roost-client-writing")

        init(_ request: WebSocketRequest, handle: @escaping @Sendable (WebSocketEvent) -> Void) {
            self.request = request
            self.handle = handle
        }

        func start() {
            reading.async { [self] in
                do throws(RoostError) {
                    try read()
                } catch {
                    handle(.end(error))
                }
                state.withLock { $0.isClosed = true }
            }
        }

        /// In the order of the calls; what can't be sent is lost with the connection, which ends for the reader too.
        func send(_ text: Data) {
            write(FrameWriter.frame(.text, text))
        }

        /// Says goodbye after what waits to be sent, and ends the reading.
        func close() {
            write(FrameWriter.frame(.close, Data([0x03, 0xE8])))
            writing.async { [self] in hangUp() }
        }

        private func write(_ frame: Data) {
            writing.async { [self] in
                guard let socket = state.withLock(\.socket) else { return }
                if !socket.send(frame) { hangUp() }
            }
        }

        private func hangUp() {
            let socket = state.withLock { state in
                state.isClosed = true
                return state.socket
            }
            socket?.shutDown()
        }

        /// Until the connection ends, which is the error.
        private func read() throws(RoostError) {
            let socket = try open()
            var frames = FrameReader(limit: request.maximumMessageBytes)
            frames.append(try greet(socket))
            while true {
                do {
                    while let event = try frames.next() { try answer(event) }
                } catch let error as ProtocolViolation {
                    write(FrameWriter.frame(.close, Data([UInt8(error.closeCode >> 8), UInt8(error.closeCode & 255)])))
                    writing.async { [self] in hangUp() }
                    throw .connectionLost("the server broke the protocol: \(error.reason)")
                } catch {
                    throw error as? RoostError ?? .connectionLost("\(error)")
                }
                guard let bytes = socket.receive() else { throw .connectionLost("the connection was cut.") }
                frames.append(bytes)
            }
        }

        private func open() throws(RoostError) -> StreamSocket {
            guard request.url.scheme == "ws" else {
                throw .unsupported("This client has no TLS on Linux. Use http://, through a local proxy or a tunnel.")
            }
            let socket = try StreamSocket(
                host: request.url.host(percentEncoded: false) ?? "",
                port: request.url.port ?? 80,
                patience: request.timeout
            )
            let isClosed = state.withLock { state in
                state.socket = socket
                return state.isClosed
            }
            guard !isClosed else { throw .connectionLost("it was closed before it was open.") }
            return socket
        }

        /// The handshake; what has come after it already belongs to the frames.
        private func greet(_ socket: StreamSocket) throws(RoostError) -> Data {
            let handshake = Handshake()
            guard socket.send(Data(handshake.request(request).utf8)) else {
                throw .unreachable("the connection was cut.")
            }
            var received = Data()
            while true {
                guard let bytes = socket.receive() else { throw .unreachable("the server hung up on the handshake.") }
                received.append(bytes)
                if let rest = try handshake.rest(after: received) { return rest }
            }
        }

        private func answer(_ event: FrameReader.Event) throws(RoostError) {
            switch event {
            case .text(let text): handle(.text(text))
            case .ping(let payload): write(FrameWriter.frame(.pong, payload))
            case .binary, .pong: break
            case .close(let code, let reason):
                close()
                let words = reason.isEmpty ? "" : " “\(reason)”"
                throw .connectionLost(
                    "the server closed the session (code \(code.map(String.init) ?? "none"))\(words)."
                )
            }
        }
    }
#endif
