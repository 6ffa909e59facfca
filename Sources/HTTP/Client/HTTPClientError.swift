/// Why a request to somebody else's server has failed.
///
/// An answer with a bad status is not an error.
package struct HTTPClientError: Error, Equatable, CustomStringConvertible {
    package enum Kind: Sendable, Equatable {
        case invalidRequest
        /// The name has no address.
        case unresolved
        case connectFailed
        case connectTimeout
        case tls
        case firstByteTimeout
        case silence
        case totalTimeout
        /// The peer hung up or broke the protocol.
        case connectionLost
        case headerTooLarge
        case bodyTooLarge
        /// The client has been stopped.
        case stopped
    }

    package let kind: Kind
    /// In the words of the library or the peer, with the limit if there was one.
    package let message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    package var description: String { message }
}
