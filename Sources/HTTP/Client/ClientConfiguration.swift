/// Everything that can be set about a client, with its defaults.
package struct ClientConfiguration: Sendable {
    package var limits = Limits()
    package var timeouts = Timeouts()
    /// A PEM file of authorities to trust instead of the system's.
    package var certificateAuthorities: String?

    package init() {}

    /// Bytes unless said otherwise.
    package struct Limits: Sendable {
        /// Requests above it wait for a connection, while their time runs; `nil` sets no limit.
        package var connectionsPerHost: Int? = 64
        /// Open connections kept for later requests.
        package var idleConnections = 64
        package var header = 64 << 10
        package var body = 64 << 20
        /// Received and not yet read: above this the peer has to wait, until half of it is read.
        package var buffer = 256 << 10

        package init() {}
    }

    package struct Timeouts: Sendable {
        /// Name, TCP and TLS together.
        package var connect = Duration.seconds(10)
        /// From the start to the end of the answer's head; a model may think for a while.
        package var firstByte = Duration.seconds(120)
        /// Between two pieces of the body.
        ///
        /// Time in which the reader is the slow one doesn't count.
        package var silence = Duration.seconds(60)
        /// For everything; `nil`: no limit, for streams that last.
        package var total: Duration?

        package init() {}
    }
}
