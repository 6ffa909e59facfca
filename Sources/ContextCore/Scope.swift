/// Where a thing belongs: an organization, and within it perhaps a project, a user and a session.
///
/// A scope is a path, widest part first. The same path says who owns a passage, how far a memory reaches, whose
/// limits apply and which vectors die with a WebSocket. The written form joins the components with `/`; a
/// component therefore is not empty and holds no `/`.
package struct Scope: Hashable, Sendable {
    package let components: [String]

    /// The only scope there is while no authentication is configured: everybody is the local user.
    package static let local = Scope(validated: ["local"])

    /// `nil` unless there are one to four components, none empty, none with a `/` or a control character.
    package init?(_ components: [String]) {
        guard (1...4).contains(components.count), components.allSatisfy(Self.isComponent) else { return nil }
        self.components = components
    }

    /// Reads the written form, as stores keep it.
    package init?(path: String) {
        self.init(path.split(separator: "/", omittingEmptySubsequences: false).map(String.init))
    }

    private init(validated components: [String]) {
        self.components = components
    }

    package var path: String { components.joined(separator: "/") }

    /// Whether `other` is this scope or lies inside it.
    package func contains(_ other: Scope) -> Bool {
        other.components.starts(with: components)
    }

    /// Steps from here to `other` in the tree of scopes: 0 to itself, 1 to what directly holds it or lies in it.
    package func distance(to other: Scope) -> Int {
        let shared = zip(components, other.components).prefix { $0 == $1 }.count
        return components.count + other.components.count - 2 * shared
    }

    private static func isComponent(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x2F && $0 != 0x7F }
    }
}
