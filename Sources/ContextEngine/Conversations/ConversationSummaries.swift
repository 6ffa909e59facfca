package import ContextCore
import LanguageModels
import Retrieval
package import Runtime
import SQL

/// Renews summaries in the background.
///
/// What is due is seen in the database, so nothing is lost in a restart and nothing is done twice: a conversation with
/// twenty messages beyond its summary gets a new one, of the old one and all but the last ten messages.
package struct ConversationSummaries: Service {
    private let library: PassageLibrary
    private let summarizer: Summarizer
    private let configuration: ConversationConfiguration
    private let bell: Bell
    private let now: @Sendable () -> Timestamp
    private let log: Log

    package init(
        conversations: Conversations,
        summarizer: Summarizer,
        now: @escaping @Sendable () -> Timestamp,
        log: Log
    ) {
        library = conversations.library
        configuration = conversations.configuration
        bell = conversations.summaries
        self.summarizer = summarizer
        self.now = now
        self.log = log
    }

    package func run() async throws {
        await PeriodicWork("summarising conversations", log: log).run {
            if try await renewNext() == false { try await bell.wait(for: .seconds(60)) }
            return .zero
        }
    }

    /// Renews the summary that is most overdue; `false` when none is.
    package func renewNext() async throws -> Bool {
        let due = try await library.database.read { connection -> (Conversation, [ConversationMessage])? in
            guard let id = try await ConversationStore.overdue(configuration.summaryAt, on: connection),
                let conversation = try await ConversationStore.conversation(id, on: connection)
            else { return nil }
            let covered = conversation.summary?.coversThrough ?? 0
            return (conversation, try await ConversationStore.messages(of: id, after: covered, on: connection))
        }
        guard let (conversation, messages) = due else { return false }
        let older = messages.dropLast(configuration.recentMessages)
        guard let last = older.last else { return false }
        let summary = try await summarizer.summarize(
            older.filter(\.isSaid).map(\.message),
            after: conversation.summary?.text,
            within: configuration.summaryTokens,
            for: conversation.scope.path
        )
        let new = Conversation.Summary(
            number: (conversation.summary?.number ?? 0) + 1,
            text: summary.text,
            coversThrough: last.number,
            method: summary.method.rawValue
        )
        let moment = now()
        try await library.database.transaction { connection in
            guard try await ConversationStore.conversation(conversation.id, on: connection) != nil else { return }
            try await ConversationStore.save(new, of: conversation.id, model: summary.model, at: moment, on: connection)
        }
        return true
    }
}
