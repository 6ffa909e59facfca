package import ContextCore
import LanguageModels
import Runtime
import SQL
import Synchronization

/// Prompts: turns of the session's conversation, with nothing in reach but what the token opens.
extension RAGSessions {
    /// - Parameters:
    ///   - key: makes a repetition safe, as in a conversation.
    ///   - emit: takes the events in their order; while it waits, so does the model.
    /// - Returns: the turn that the last event, `done`, tells of.
    /// - Throws: ``ContextError``, `CancellationError`, or what `emit` throws.
    @discardableResult
    package func prompt(
        _ text: String,
        in id: String,
        key: String? = nil,
        _ caller: RequestContext,
        emit: (ConversationEvent) async throws -> Void
    ) async throws -> Turn {
        _ = try requireSessions()
        let text = try Validation.text(text, "prompt", limit: conversations.configuration.contentCharacters)
        let session = try await session(id, caller)
        let scope = DelegationScope(conversation: session.conversation, collections: session.collections)
        let principal = try await principal(session.subject, opening: scope)
        // Before the session is looked at for the last time: who ends it either takes its row before, or finds this prompt.
        prompts.withLock { $0.begin(session) }
        defer { prompts.withLock { $0.end(id) } }
        let isOpen = try await touch(session, prompts: 1, at: caller.now)
        guard isOpen else { throw Self.unknown(id) }
        let request = MessageRequest(content: text, collections: session.collections, idempotencyKey: key)
        var record = RAGSessionEvent.PromptRecord(.interrupted)
        do {
            let caller = caller.acting(as: principal)
            let turn = try await conversations.send(request, to: session.conversation, caller) { event in
                if let reason = prompts.withLock({ $0.reasonToStop(id) }) { throw reason }
                record.note(event)
                try await emit(event)
            }
            await finish(session, record)
            return turn
        } catch {
            await finish(session, record.failed(with: error))
            throw error
        }
    }

    /// - Throws: ``ContextError`` (not found), also for one that has expired and for those of other callers.
    private func session(_ id: String, _ caller: RequestContext) async throws -> RAGSession {
        let found = try await database.read { try await RAGSessionStore.session(id, on: $0) }
        guard let found, found.caller == caller.principal.subject,
            !found.isExpired(at: caller.now, after: configuration.timeout)
        else { throw Self.unknown(id) }
        return found
    }

    private func touch(_ session: RAGSession, prompts: Int, at moment: Timestamp) async throws -> Bool {
        try await database.transaction {
            try await RAGSessionStore.touch(session.id, prompts: prompts, at: moment, on: $0)
        }
    }

    /// The session was in use until now, also if whoever asked has left.
    ///
    /// That it could not be noted is no reason to fail an answer that was given: the session only ends a little earlier.
    private func finish(_ session: RAGSession, _ record: RAGSessionEvent.PromptRecord) async {
        let moment = now()
        var session = session
        session.prompts += 1
        metrics.prompted(record.outcome, by: session.host)
        tell(.prompted(record), of: session, at: moment)
        let database = database
        try? await shielded { [session] in
            _ = try await database.transaction {
                try await RAGSessionStore.touch(session.id, prompts: 0, at: moment, on: $0)
            }
        }
    }
}

extension RAGSessionEvent.PromptRecord {
    fileprivate mutating func note(_ event: ConversationEvent) {
        switch event {
        case .queued, .began, .delta: break
        case .context(let context):
            passagesUsed = context.passagesUsed
            manifestID = context.manifestID
        case .done(let turn):
            var answered = Self(.answered)
            answered.manifestID = turn.answer.manifestID
            answered.passagesUsed = passagesUsed
            answered.promptTokens = turn.answer.usage?.input
            answered.completionTokens = turn.answer.usage?.output
            self = answered
        }
    }

    /// An error that is not one of ours is the way in's: whoever asked has left.
    fileprivate func failed(with error: any Error) -> Self {
        let known = error as? ContextError
        var failed = Self(known == nil ? .interrupted : .failed)
        failed.code = known?.code
        failed.manifestID = manifestID
        failed.passagesUsed = passagesUsed
        return failed
    }
}
