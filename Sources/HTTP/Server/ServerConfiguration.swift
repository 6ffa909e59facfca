/// Everything that can be set about a server, with its defaults.
package struct ServerConfiguration: Sendable {
    /// An address, not a name.
    package var host = "127.0.0.1"
    /// 0: any free one.
    package var port: UInt16 = 0
    /// Threads that move bytes.
    ///
    /// One does 60,000 requests a second; more help only where TLS or large bodies keep it busy.
    package var ioThreads = 1
    package var limits = Limits()
    package var timeouts = Timeouts()
    /// `nil`: in the clear.
    package var tls: TLS?

    package init() {}

    /// Bytes unless said otherwise.
    package struct Limits: Sendable {
        /// Beyond these a client gets 503 and `Retry-After`; an eighth beyond that, only a closed connection.
        package var connections = 10_000
        package var target = 8 << 10
        /// Request line and fields together.
        package var header = 32 << 10
        package var fields = 100
        /// A document of 50 MB as a form, with room for the form.
        package var body = 64 << 20
        package var webSocketMessage = 16 << 20
        /// Unsent output of one connection above which its writer sleeps, and below which it wakes.
        package var highWater = 64 << 10
        package var lowWater = 16 << 10
        /// A slow body is cut when it arrives with fewer bytes a second, on average after `timeouts.body`.
        package var bodyRate = 4 << 10

        package init() {}
    }

    package struct Timeouts: Sendable {
        /// From the first byte of a request (or the connection) to the end of its header.
        package var header = Duration.seconds(10)
        /// Of a request, and of a WebSocket message; what arrives buys more (`limits.bodyRate`).
        package var body = Duration.seconds(30)
        /// Between requests.
        package var keepAlive = Duration.seconds(75)
        /// Without the client taking a single byte of what is ready for it.
        package var write = Duration.seconds(30)
        /// Half of it in silence, then a ping; the whole of it in silence, then the end.
        ///
        /// Silence counts only while messages are read: a slow handler costs no client its connection.
        package var webSocketIdle = Duration.seconds(120)
        /// How long a closing connection waits for the client to close too.
        package var linger = Duration.seconds(2)
        /// What is not finished then, after the server was told to stop, is cut.
        package var drain = Duration.seconds(20)

        package init() {}
    }

    /// Paths of PEM files.
    package struct TLS: Sendable {
        package var certificateChain: String
        package var privateKey: String

        package init(certificateChain: String, privateKey: String) {
            self.certificateChain = certificateChain
            self.privateKey = privateKey
        }
    }
}

extension Duration {
    var milliseconds: UInt32 { UInt32(clamping: Int64(self / .milliseconds(1))) }
}
