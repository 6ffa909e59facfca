/// Who asks, with the scopes that they may read.
///
/// Holding a value of this type is the proof of authentication: only the ways in make one.
package struct Principal: Hashable, Sendable {
    package let subject: String

    /// Where what this principal writes belongs unless a request names another scope.
    package let home: Scope

    package let readable: [Scope]

    /// What of all that is open to somebody who acts in this principal's name; `nil` for the principal in person.
    package let grant: Grant?

    /// Everybody, on a server without authentication (which listens on loopback only).
    package static let local = Principal(subject: "local", home: .local, readable: [.local])

    package init(subject: String, home: Scope, readable: [Scope]) {
        self.init(subject: subject, home: home, readable: readable, grant: nil)
    }

    private init(subject: String, home: Scope, readable: [Scope], grant: Grant?) {
        self.subject = subject
        self.home = home
        self.readable = readable
        self.grant = grant
    }

    /// The same principal with another place of its own.
    package func moved(to home: Scope) -> Principal {
        Principal(subject: subject, home: home, readable: readable, grant: grant)
    }

    /// The same principal, to whom nothing but `grant` is open.
    ///
    /// What was narrowed before only gets narrower.
    package func narrowed(to grant: Grant) -> Principal {
        let narrower = self.grant.map(grant.intersection) ?? grant
        return Principal(subject: subject, home: home, readable: readable, grant: narrower)
    }

    /// Whether everything of a scope is open; never to a principal that was narrowed, who reads collections and
    /// conversations one by one.
    package func canRead(_ scope: Scope) -> Bool {
        grant == nil && reaches(scope)
    }

    package func canRead(_ scope: Scope, ofCollection key: Int64) -> Bool {
        reaches(scope) && opens(collection: key)
    }

    package func canRead(_ scope: Scope, ofConversation id: String) -> Bool {
        reaches(scope) && grant?.conversations.contains(id) ?? true
    }

    /// Half of ``canRead(_:ofCollection:)``, for who tests many passages by sets: the scope alone opens nothing.
    package func reaches(_ scope: Scope) -> Bool {
        readable.contains { $0.contains(scope) }
    }

    /// The other half.
    package func opens(collection key: Int64) -> Bool {
        grant?.collections.contains(key) ?? true
    }
}

extension Principal {
    package func canRead(_ collection: PassageCollection) -> Bool {
        canRead(collection.scope, ofCollection: collection.key)
    }

    package func canRead(_ passage: Passage) -> Bool {
        canRead(passage.scope, ofCollection: passage.collectionKey)
    }
}

/// What a principal opens to somebody else: these collections and conversations, as far as he may read them himself.
package struct Grant: Hashable, Sendable {
    /// By their keys in the store: a name can be given to another collection later.
    package let collections: Set<Int64>
    package let conversations: Set<String>

    package init(collections: Set<Int64>, conversations: Set<String>) {
        self.collections = collections
        self.conversations = conversations
    }

    package func intersection(_ other: Grant) -> Grant {
        Grant(
            collections: collections.intersection(other.collections),
            conversations: conversations.intersection(other.conversations)
        )
    }
}
