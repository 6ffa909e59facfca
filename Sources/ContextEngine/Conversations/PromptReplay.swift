import ContextCore
import Retrieval
import SQL

/// A conversation's prompt rebuilt from its manifest.
extension ManifestReplay {
    /// What of the prompt is not in the manifest itself.
    struct Sources {
        let conversation: Conversation
        let summary: String?
        let messages: [ConversationMessage]
    }

    static func sources(
        of account: PromptAccount,
        on connection: DatabaseConnection
    ) async throws -> Sources? {
        guard let conversation = try await ConversationStore.conversation(account.conversationID, on: connection) else {
            return nil
        }
        var summary: Conversation.Summary?
        if let number = account.summary {
            summary = try await ConversationStore.summary(of: conversation.id, on: connection, number: number)
        }
        return Sources(
            conversation: conversation,
            summary: summary?.text,
            messages: try await ConversationStore.messages(of: conversation.id, on: connection)
        )
    }

    /// The prompt as canonical JSON, byte for byte, or what stands in the way.
    init(
        of manifest: ContextManifest,
        _ account: PromptAccount,
        from sources: Sources?,
        passages: [Int64: Passage]
    ) throws {
        let included = manifest.candidates.filter(\.included)
        var missing = included.compactMap { Self.missing($0, in: passages) }
        let byID = Dictionary((sources?.messages ?? []).map { ($0.id, $0) }) { $1 }
        missing += account.messages.filter { $0.decision == .included && byID[$0.id] == nil }.map {
            Missing(id: $0.id, collection: "conversation", reason: "deleted")
        }
        let question = sources?.messages.first { $0.number == account.question }
        guard let sources, let question, missing.isEmpty else {
            if missing.isEmpty {
                missing = [Missing(id: account.conversationID, collection: "conversation", reason: "deleted")]
            }
            self = .incomplete(missing: missing)
            return
        }
        let renderer = PassageRenderer(limits: manifest.rendering)
        let texts = included.compactMap { candidate in
            passages[candidate.key].map { renderer.render($0, as: candidate.form ?? manifest.form) }
        }
        let messages = PromptPlanner.messages(
            system: sources.conversation.instructions,
            summary: sources.summary,
            history: account.messages.filter { $0.decision == .included }.compactMap { byID[$0.id]?.message },
            question: question.message,
            passages: texts,
            nearestTopics: account.nearestTopics
        )
        if try ContextManifest.hash(of: messages) == manifest.contextHash {
            self = .exact(context: try StoredJSON.encode(messages))
        } else {
            self = .incomplete(
                missing: [Missing(id: manifest.id, collection: "conversation", reason: "rendering")]
            )
        }
    }
}
