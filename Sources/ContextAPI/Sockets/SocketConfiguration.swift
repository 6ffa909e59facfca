/// What steers the session socket.
package struct SocketConfiguration: Sendable {
    /// Whether sessions may hold vectors; a client can turn it off for its own session, never on.
    package var isRAGEnabled = true

    /// Web pages that may open a socket besides those of this machine, such as `https://app.example.org`.
    package var origins: [String] = []
    package var limits = SocketLimits()

    package init() {}
}

/// What a client of the session socket may send, beside what a session holds.
package struct SocketLimits: Sendable {
    /// Bytes of one message; the transport enforces it, here it is told to clients.
    package var messageBytes = 16 << 20

    /// Results of a search or a prompt that doesn't say how many.
    package var defaultNeighbours = 5

    /// UTF-8 bytes of a message's own ids, which answers repeat.
    package var idBytes = 1_024

    /// UTF-8 bytes of a metadata filter.
    package var filterBytes = 65_536

    /// Prompts of one socket that are answered at the same time.
    package var promptsAtOnce = 8

    package init() {}
}
