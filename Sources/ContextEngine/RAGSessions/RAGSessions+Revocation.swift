package import ContextCore
import SQL

/// Taking leave back.
extension RAGSessions {
    /// What a revocation did.
    package struct Revocation: Hashable, Sendable {
        package let tokenID: String
        package let sessionsEnded: Int
    }

    /// Revokes a token and ends its sessions at once; doing it again does no harm.
    ///
    /// Whoever holds a token may revoke it, also before its time and after it.
    package func revoke(token text: String, _ caller: RequestContext) async throws -> Revocation {
        let authority = try requireAuthority()
        let token = try authority.read(text, at: caller.now, ignoringTime: true)
        let end = token.expiresAt.adding(seconds: authority.configuration.leeway)
        return try await revoke(token.id, of: token.subject, until: end, at: caller.now)
    }

    /// Revokes a token of the caller's by its id.
    ///
    /// It is remembered for as long as a token can be valid that is made now; one that is made for a later day has to be
    /// revoked by itself.
    package func revoke(tokenID id: String, _ caller: RequestContext) async throws -> Revocation {
        let authority = try requireAuthority()
        try Validation.identifier(id, "jti", limit: DelegationConfiguration.nameCharacters)
        let configuration = authority.configuration
        let seconds = configuration.maximumLifetime + 2 * configuration.leeway
        return try await revoke(
            id,
            of: caller.principal.subject,
            until: caller.now.adding(seconds: seconds),
            at: caller.now
        )
    }

    private func revoke(
        _ id: String,
        of subject: String,
        until end: Timestamp,
        at now: Timestamp
    ) async throws -> Revocation {
        let ended = try await remove(.ended(.revoked), at: now) { connection in
            try await RevocationStore.revoke(id, of: subject, until: end, at: now, on: connection)
            let sessions = try await RAGSessionStore.sessions(of: id, subject, on: connection)
            for session in sessions { try await RAGSessionStore.delete(session.id, on: connection) }
            return sessions
        }
        return Revocation(tokenID: id, sessionsEnded: ended.count)
    }
}
