#if os(Linux)
    import Foundation
    import Glibc

    /// A blocking TCP connection; it is closed with its last owner.
    ///
    /// One thread may send while another receives.
    final class StreamSocket: Sendable {
        private let descriptor: Int32

        /// Tries each address of the host.
        ///
        /// - Parameter patience: for the connection, and for each write that makes no progress.
        init(host: String, port: Int, patience: Duration) throws(RoostError) {
            var hints = addrinfo()
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
            var list: UnsafeMutablePointer<addrinfo>?
            let code = getaddrinfo(host, String(port), &hints, &list)
            guard code == 0 else { throw .unreachable("“\(host)”: \(String(cString: gai_strerror(code))).") }
            defer { freeaddrinfo(list) }
            var reason = "\(host) has no address."
            var next = list
            while let address = next?.pointee {
                let socket = Glibc.socket(address.ai_family, address.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), 0)
                Self.setPatience(patience, of: socket)
                if connect(socket, address.ai_addr, address.ai_addrlen) == 0 {
                    descriptor = socket
                    return
                }
                reason = "\(host):\(port): \(String(cString: strerror(errno)))."
                Glibc.close(socket)
                next = address.ai_next
            }
            throw .unreachable(reason)
        }

        deinit { Glibc.close(descriptor) }

        /// Linux holds `connect` to the time limit of sending, too.
        private static func setPatience(_ patience: Duration, of socket: Int32) {
            let (seconds, fraction) = patience.components
            var time = timeval(tv_sec: Int(seconds), tv_usec: Int(fraction / 1_000_000_000_000))
            setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
            // A peer that has vanished acknowledges nothing: then the connection counts as cut.
            var milliseconds = UInt32(clamping: Int64(patience.seconds * 1_000))
            setsockopt(
                socket,
                Int32(IPPROTO_TCP),
                TCP_USER_TIMEOUT,
                &milliseconds,
                socklen_t(MemoryLayout<UInt32>.size)
            )
            var on: Int32 = 1
            setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        }

        /// Whether everything was sent.
        func send(_ bytes: Data) -> Bool {
            bytes.withUnsafeBytes { bytes in
                var sent = 0
                while sent < bytes.count {
                    let rest = UnsafeRawBufferPointer(rebasing: bytes[sent...])
                    let count = Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
                    if count < 0, errno == EINTR { continue }
                    guard count > 0 else { return false }
                    sent += count
                }
                return true
            }
        }

        /// What has come, at least a byte; `nil` at the end, and when the connection was cut.
        func receive() -> Data? {
            var buffer = [UInt8](repeating: 0, count: 64 << 10)
            while true {
                let count = recv(descriptor, &buffer, buffer.count, 0)
                if count < 0, errno == EINTR { continue }
                return count > 0 ? Data(buffer.prefix(count)) : nil
            }
        }

        /// Ends both directions; a thread that waits in ``receive()`` wakes up.
        func shutDown() {
            Glibc.shutdown(descriptor, Int32(SHUT_RDWR))
        }
    }
#endif
