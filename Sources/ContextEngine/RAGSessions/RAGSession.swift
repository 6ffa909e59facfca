package import ContextCore

/// A host's leave to put prompts to a user's conversation, for as long as it is used and the token lasts.
package struct RAGSession: Hashable, Sendable {
    package let id: String
    package let conversation: String

    /// The user in whose name it lives.
    package let subject: String

    /// Who opened it, by the token's word.
    package let host: String

    /// Who opened it, by authentication; nobody else can use it.
    package let caller: String

    /// The token's id.
    package let token: String

    /// By name: the only ones that prompts are answered from.
    package let collections: [String]
    package let createdAt: Timestamp
    package var lastUsed: Timestamp
    package let tokenExpiresAt: Timestamp
    package var prompts = 0

    init(_ token: DelegationToken, caller: RequestContext) {
        self.init(
            id: Identifier.random("rs_"),
            conversation: token.scope.conversation,
            subject: token.subject,
            host: token.host,
            caller: caller.principal.subject,
            token: token.id,
            collections: token.scope.collections,
            createdAt: caller.now,
            lastUsed: caller.now,
            tokenExpiresAt: token.expiresAt
        )
    }

    init(
        id: String,
        conversation: String,
        subject: String,
        host: String,
        caller: String,
        token: String,
        collections: [String],
        createdAt: Timestamp,
        lastUsed: Timestamp,
        tokenExpiresAt: Timestamp
    ) {
        self.id = id
        self.conversation = conversation
        self.subject = subject
        self.host = host
        self.caller = caller
        self.token = token
        self.collections = collections
        self.createdAt = createdAt
        self.lastUsed = lastUsed
        self.tokenExpiresAt = tokenExpiresAt
    }

    /// When it ends if nobody uses it.
    package func expiresAt(after timeout: Int) -> Timestamp {
        min(lastUsed.adding(seconds: timeout), tokenExpiresAt)
    }

    func isExpired(at now: Timestamp, after timeout: Int) -> Bool {
        expiresAt(after: timeout) <= now
    }
}
