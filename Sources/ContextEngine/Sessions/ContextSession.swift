package import ContextCore

/// What the server remembers of a remote model that pulls context over several turns.
package struct ContextSession: Sendable {
    package let id: String
    package let scope: Scope
    package let subject: String
    package let createdAt: Timestamp
    package var lastAccessed: Timestamp
    package var turns: [Turn]
    package var delivered: DeliveryRecord
    package var itemsSent: Int
    package var tokensSent: Int
    package var metadata: JSONValue

    package struct Turn: Sendable {
        package let number: Int
        package let query: String
        package let tokens: Int
        package let manifestID: String

        package init(number: Int, query: String, tokens: Int, manifestID: String) {
            self.number = number
            self.query = query
            self.tokens = tokens
            self.manifestID = manifestID
        }
    }

    /// A session that begins now.
    package init(id: String, for principal: Principal, at now: Timestamp) {
        self.init(id: id, scope: principal.home, subject: principal.subject, createdAt: now, lastAccessed: now)
    }

    init(id: String, scope: Scope, subject: String, createdAt: Timestamp, lastAccessed: Timestamp) {
        self.id = id
        self.scope = scope
        self.subject = subject
        self.createdAt = createdAt
        self.lastAccessed = lastAccessed
        turns = []
        delivered = DeliveryRecord()
        itemsSent = 0
        tokensSent = 0
        metadata = .emptyObject
    }

    package var queries: [String] { turns.map(\.query) }

    package var nextTurn: Int { (turns.last?.number ?? 0) + 1 }

    package func belongs(to principal: Principal) -> Bool {
        subject == principal.subject && principal.canRead(scope)
    }

    package func isExpired(at now: Timestamp, after seconds: Int) -> Bool {
        lastAccessed.adding(seconds: seconds) <= now
    }
}
