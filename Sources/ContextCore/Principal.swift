/// Who asks, with the scopes that they may read.
///
/// Holding a value of this type is the proof of authentication: only the ways in make one.
package struct Principal: Hashable, Sendable {
    package let subject: String

    /// Where what this principal writes belongs unless a request names another scope.
    package let home: Scope

    package let readable: [Scope]

    /// Everybody, on a server without authentication (which listens on loopback only).
    package static let local = Principal(subject: "local", home: .local, readable: [.local])

    package init(subject: String, home: Scope, readable: [Scope]) {
        self.subject = subject
        self.home = home
        self.readable = readable
    }

    package func canRead(_ scope: Scope) -> Bool {
        readable.contains { $0.contains(scope) }
    }
}
