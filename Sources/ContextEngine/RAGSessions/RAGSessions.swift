import ContextCore
import Retrieval
import Runtime
import SQL
import Synchronization

/// Hosts put prompts to users' conversations, as far as the users' tokens go.
///
/// A session lives in a narrowed principal: it is the user's name with the token's collections and conversation, and
/// nothing else is there for it to read, whatever a prompt asks.
package final class RAGSessions: Sendable {
    package let configuration: RAGSessionConfiguration
    let conversations: Conversations
    let authority: DelegationAuthority?
    let directory: PrincipalDirectory
    let metrics: RAGSessionMetrics
    let now: @Sendable () -> Timestamp
    let prompts = Mutex(OpenPrompts())
    private let hooks: [any RAGSessionHook]

    init(
        conversations: Conversations,
        authority: DelegationAuthority?,
        directory: PrincipalDirectory,
        configuration: RAGSessionConfiguration,
        hooks: [any RAGSessionHook],
        metrics: Metrics,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.conversations = conversations
        self.authority = authority
        self.directory = directory
        self.configuration = configuration
        self.hooks = hooks
        self.metrics = RAGSessionMetrics(metrics)
        self.now = now
    }

    var database: Database { conversations.library.database }

    func tell(_ kind: RAGSessionEvent.Kind, of session: RAGSession, at moment: Timestamp) {
        let event = RAGSessionEvent(kind: kind, session: session, at: moment)
        for hook in hooks { hook.receive(event) }
    }

    /// - Throws: ``ContextError`` (not configured) where there are no sessions.
    func requireSessions() throws(ContextError) -> DelegationAuthority {
        guard configuration.isEnabled else {
            throw ContextError(.notConfigured, "This server has no RAG sessions: ENABLE_RAG is false.")
        }
        return try requireAuthority()
    }

    func requireAuthority() throws(ContextError) -> DelegationAuthority {
        guard let authority else {
            throw ContextError(
                .notConfigured,
                "This server takes no delegation tokens: set delegation.secret or delegation.key."
            )
        }
        return authority
    }
}
