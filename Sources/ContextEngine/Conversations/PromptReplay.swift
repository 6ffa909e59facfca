import ContextCore
import Retrieval
import SQL

/// A prompt rebuilt from its manifest.
extension ManifestReplay {
    /// What of a prompt is no passage.
    struct Sources {
        var system: String
        var summary: String?
        var history: [Message]
        var question: Message
    }

    /// From the manifest itself where a caller holds the history, else from the conversation.
    ///
    /// - Throws: ``Gap`` for what is gone.
    static func sources(of account: PromptAccount, on connection: DatabaseConnection) async throws -> Sources {
        if let kept = account.kept {
            return Sources(system: kept.system, history: kept.history, question: kept.question)
        }
        guard let conversation = try await ConversationStore.conversation(account.conversationID, on: connection) else {
            throw Gap([account.conversationID])
        }
        let messages = try await ConversationStore.messages(of: conversation.id, on: connection)
        let byID = Dictionary(messages.map { ($0.id, $0) }) { $1 }
        let included = account.messages.filter { $0.decision == .included }
        let gone = included.map(\.id).filter { byID[$0] == nil }
        guard gone.isEmpty, let question = messages.first(where: { $0.number == account.question }) else {
            throw Gap(gone.isEmpty ? [conversation.id] : gone)
        }
        var sources = Sources(
            system: conversation.instructions,
            history: included.compactMap { byID[$0.id]?.message },
            question: question.message
        )
        if let number = account.summary {
            sources.summary = try await ConversationStore.summary(of: conversation.id, on: connection, number: number)?
                .text
        }
        return sources
    }

    /// Parts of a conversation that are no longer there.
    struct Gap: Error {
        let missing: [Missing]

        init(_ ids: [String]) {
            missing = ids.map { Missing(id: $0, collection: "conversation", reason: "deleted") }
        }
    }

    /// The prompt as canonical JSON, byte for byte, or what stands in the way.
    init(
        of manifest: ContextManifest,
        _ account: PromptAccount,
        from sources: Result<Sources, Gap>,
        passages: [Int64: Passage]
    ) throws {
        let included = manifest.candidates.filter(\.included)
        var missing = included.compactMap { Self.missing($0, in: passages) }
        if case .failure(let gap) = sources { missing += gap.missing }
        guard case .success(let sources) = sources, missing.isEmpty else {
            self = .incomplete(missing: missing)
            return
        }
        let renderer = PassageRenderer(limits: manifest.rendering)
        let texts = included.compactMap { candidate in
            passages[candidate.key].map { renderer.render($0, as: candidate.form ?? manifest.form) }
        }
        let messages = PromptPlanner.messages(
            system: sources.system,
            summary: sources.summary,
            history: sources.history,
            question: sources.question,
            passages: texts,
            nearestTopics: account.nearestTopics
        )
        if try ContextManifest.hash(of: messages) == manifest.contextHash {
            self = .exact(context: try StoredJSON.encode(messages))
        } else {
            let reason = Missing(id: manifest.id, collection: "conversation", reason: "rendering")
            self = .incomplete(missing: [reason])
        }
    }
}
