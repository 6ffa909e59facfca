import ContextCore
package import Runtime
import SQL
import Synchronization

/// Removes RAG sessions that have expired, and revocations that nobody needs any more.
///
/// Nothing depends on it being punctual: an expired session is treated as gone whether its row is still there or not. It
/// also notices what another process revoked, and stops the answers that were under way then.
package struct RAGSessionSweeper: Service {
    private let sessions: RAGSessions
    private let interval: Duration
    private let log: Log

    package init(sessions: RAGSessions, interval: Duration = .seconds(10), log: Log) {
        self.sessions = sessions
        self.interval = interval
        self.log = log
    }

    package func run() async throws {
        await PeriodicWork("sweeping RAG sessions", log: log).run {
            try await sessions.sweep()
            return interval
        }
    }
}

extension RAGSessions {
    /// - Returns: how many sessions have expired.
    @discardableResult
    package func sweep() async throws -> Int {
        let moment = now()
        try await stopRevoked()
        // A prompt that takes long is use; one that began before the token's end is answered to its own end.
        let busy = Set(prompts.withLock { $0.sessions.map(\.id) })
        let unused = moment.adding(seconds: -configuration.timeout)
        let gone = try await remove(.expired, at: moment) { connection in
            try await RevocationStore.sweep(at: moment, on: connection)
            let expired = try await RAGSessionStore.expired(unusedSince: unused, at: moment, on: connection)
            let idle = expired.filter { !busy.contains($0.id) || $0.tokenExpiresAt <= moment }
            for session in idle { try await RAGSessionStore.delete(session.id, on: connection) }
            return idle
        }
        return gone.count
    }

    private func stopRevoked() async throws {
        let busy = prompts.withLock(\.sessions)
        guard !busy.isEmpty else { return }
        let revoked = try await database.read { connection in
            var revoked: [String] = []
            for session in busy
            where try await RevocationStore.isRevoked(session.token, of: session.subject, on: connection) {
                revoked.append(session.id)
            }
            return revoked
        }
        prompts.withLock { prompts in
            for id in revoked { prompts.stop(id, because: RAGSessionEvent.EndReason.revoked.error) }
        }
    }
}
