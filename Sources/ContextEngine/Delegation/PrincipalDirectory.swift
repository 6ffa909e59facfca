package import ContextCore

/// Whose name a token's `sub` is.
///
/// While there are no organizations that is the local user, and nobody else.
package struct PrincipalDirectory: Sendable {
    /// `nil` for a subject that nobody is.
    package let principal: @Sendable (_ subject: String) async throws -> Principal?

    package init(principal: @escaping @Sendable (_ subject: String) async throws -> Principal?) {
        self.principal = principal
    }

    package static let local = PrincipalDirectory { $0 == Principal.local.subject ? .local : nil }
}
