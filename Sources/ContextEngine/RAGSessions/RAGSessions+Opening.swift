package import ContextCore
import Retrieval
import Runtime
import SQL
import Synchronization

/// Opening and ending.
extension RAGSessions {
    /// - Parameter id: the conversation, which has to be the token's.
    /// - Throws: ``ContextError``: what is wrong with the token by its own code, or not found.
    package func open(_ id: String, with token: String, _ caller: RequestContext) async throws -> RAGSession {
        let token = try requireSessions().read(token, at: caller.now)
        try checkHost(of: token, caller)
        guard token.scope.conversation == id else {
            throw ContextError(
                .tokenScope,
                "The token opens the conversation “\(token.scope.conversation.clipped(to: 80))”, not “\(id.clipped(to: 80))”.",
                parameter: "conversation_id"
            )
        }
        let principal = try await principal(token.subject, opening: token.scope, by: "delegation_token")
        do {
            _ = try await conversations.conversation(id, caller.acting(as: principal))
        } catch let error as ContextError where error.kind == .notFound {
            throw ContextError.unknown("conversation", id, parameter: "conversation_id")
        }
        let session = RAGSession(token, caller: caller)
        try await add(session)
        metrics.created.increment()
        tell(.created, of: session, at: caller.now)
        return session
    }

    private func checkHost(of token: DelegationToken, _ caller: RequestContext) throws(ContextError) {
        guard configuration.hosts == .named || token.host == caller.principal.subject else {
            throw ContextError(
                .tokenHost,
                "The token is for the host “\(token.host.clipped(to: 80))”, and that is not who you are.",
                parameter: "delegation_token"
            )
        }
    }

    /// The user of a token, to whom nothing is open but what the token says.
    ///
    /// - Parameter parameter: the request's member that holds the token.
    func principal(
        _ subject: String,
        opening scope: DelegationScope,
        by parameter: String? = nil
    ) async throws -> Principal {
        guard let user = try await directory.principal(subject) else {
            throw ContextError(
                .tokenSubject,
                "The token is of “\(subject.clipped(to: 80))”, and nobody here is called that.",
                parameter: parameter
            )
        }
        let readable = try await conversations.library.collections(for: user)
        let keys = try scope.collections.map { name throws(ContextError) in
            guard let collection = readable.first(where: { $0.name == name }) else {
                throw ContextError(
                    .tokenScope,
                    "The token opens the collection “\(name.clipped(to: 80))”, which its user does not have.",
                    parameter: parameter
                )
            }
            return collection.key
        }
        return user.narrowed(to: Grant(collections: Set(keys), conversations: [scope.conversation]))
    }

    /// Unless its token was revoked by now, or too many are open.
    private func add(_ session: RAGSession) async throws {
        let limit = configuration.maximumOpen
        let count = try await database.transaction { connection in
            guard try await !RevocationStore.isRevoked(session.token, of: session.subject, on: connection) else {
                throw ContextError(
                    .tokenRevoked,
                    "The token was revoked. Get another one.",
                    parameter: "delegation_token"
                )
            }
            let count = try await RAGSessionStore.count(on: connection)
            guard count < limit else {
                throw ContextError(
                    .overloaded,
                    "\(count) RAG sessions are open (max: \(limit)). End some, or try again later.",
                    retryAfter: 60
                )
            }
            try await RAGSessionStore.add(session, on: connection)
            return count + 1
        }
        metrics.active.set(count)
    }

    /// Ends a session; nothing more of its answers leaves.
    ///
    /// The token stays as it is.
    ///
    /// - Throws: ``ContextError`` (not found), also for one that neither the caller opened nor is in his name.
    package func end(_ id: String, _ caller: RequestContext) async throws {
        _ = try requireSessions()
        let found = try await database.read { try await RAGSessionStore.session(id, on: $0) }
        let subject = caller.principal.subject
        guard let session = found, [session.caller, session.subject].contains(subject),
            !session.isExpired(at: caller.now, after: configuration.timeout)
        else { throw Self.unknown(id) }
        try await remove(.ended(.closed), at: caller.now) { connection in
            try await RAGSessionStore.delete(id, on: connection) ? [session] : []
        }
    }

    /// Takes sessions away, and tells who wants to know of those that were there.
    ///
    /// - Parameter body: takes them from the store, and says which.
    @discardableResult
    func remove(
        _ kind: RAGSessionEvent.Kind,
        at moment: Timestamp,
        _ body: (DatabaseConnection) async throws -> [RAGSession]
    ) async throws -> [RAGSession] {
        let (gone, count) = try await database.transaction { connection in
            (try await body(connection), try await RAGSessionStore.count(on: connection))
        }
        metrics.active.set(count)
        for session in gone {
            if case .ended(let reason) = kind {
                metrics.ended.increment()
                prompts.withLock { $0.stop(session.id, because: reason.error) }
            } else {
                metrics.expired.increment()
            }
            tell(kind, of: session, at: moment)
        }
        return gone
    }

    static func unknown(_ id: String) -> ContextError {
        ContextError(
            .notFound,
            "No RAG session “\(id.clipped(to: 80))” exists in your scope, or it has ended. Open another one."
        )
    }
}

extension RAGSessionEvent.EndReason {
    /// What a prompt is told that was being answered.
    var error: ContextError {
        switch self {
        case .closed: ContextError(.conflict, "The RAG session was ended while it answered.")
        case .revoked: ContextError(.tokenRevoked, "The token was revoked while its session answered.")
        }
    }
}

extension RequestContext {
    func acting(as principal: Principal) -> RequestContext {
        RequestContext(principal: principal, now: now, requestID: requestID)
    }
}
