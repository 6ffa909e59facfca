package import ContextCore
package import LanguageModels
package import Retrieval
package import Runtime
import SQL

/// Conversations: begun, continued, read and deleted.
package struct Conversations: Sendable {
    let library: PassageLibrary
    let models: ModelCatalog
    let configuration: ConversationConfiguration
    let context: ContextConfiguration
    let assembler: PromptAssembler
    let gate = KeyedGate()
    let summaries: Bell

    package init(
        library: PassageLibrary,
        models: ModelCatalog,
        context: ContextConfiguration,
        configuration: ConversationConfiguration = ConversationConfiguration(),
        meters: PromptMeters,
        summaries: Bell = Bell()
    ) {
        self.library = library
        self.models = models
        self.configuration = configuration
        self.context = context
        self.summaries = summaries
        assembler = PromptAssembler(library: library, configuration: context, meters: meters)
    }

    package func create(_ draft: ConversationDraft, _ caller: RequestContext) async throws -> Conversation {
        let draft = try draft.validated(configuration)
        if let names = draft.collections { _ = try await collections(names, caller.principal) }
        var conversation = Conversation(id: Identifier.random("c_"), for: caller.principal, at: caller.now)
        conversation.title = draft.title
        conversation.systemPrompt = draft.systemPrompt
        conversation.collections = draft.collections
        let new = conversation
        try await library.database.transaction { try await ConversationStore.save(new, on: $0) }
        return new
    }

    /// - Throws: ``ContextError`` (not found), also for a conversation of somebody else.
    package func conversation(_ id: String, _ caller: RequestContext) async throws -> Conversation {
        let found = try await library.database.read { try await ConversationStore.conversation(id, on: $0) }
        guard let found, found.belongs(to: caller.principal) else { throw ContextError.unknown("conversation", id) }
        return found
    }

    /// The caller's conversations, last used first.
    package func list(cursor: String?, limit: Int?, _ caller: RequestContext) async throws -> Page<Conversation> {
        let limit = try pageLimit(limit)
        let place = try cursor.map { (cursor) throws(ContextError) in try Self.place(cursor) }
        var found = try await library.database.read { connection in
            try await ConversationStore.conversations(
                of: caller.principal,
                before: place,
                limit: limit + 1,
                on: connection
            )
        }
        let hasMore = found.count > limit
        if hasMore { found.removeLast() }
        let next = found.last.map { "\($0.updatedAt.milliseconds)~\($0.id)" }
        return Page(items: found, nextCursor: hasMore ? next : nil)
    }

    /// The messages in their order, a page at a time.
    package func messages(
        of id: String,
        cursor: String?,
        limit: Int?,
        _ caller: RequestContext
    ) async throws -> Page<ConversationMessage> {
        _ = try await conversation(id, caller)
        let limit = try pageLimit(limit)
        guard let after = cursor.map(Int.init) ?? 0, after >= 0 else { throw Self.unknownCursor(cursor ?? "") }
        var found = try await library.database.read { connection in
            try await ConversationStore.messages(of: id, after: after, limit: limit + 1, on: connection)
        }
        let hasMore = found.count > limit
        if hasMore { found.removeLast() }
        return Page(items: found, nextCursor: hasMore ? found.last.map { "\($0.number)" } : nil)
    }

    /// Deletes the conversation with its messages, summaries and manifests.
    package func delete(_ id: String, _ caller: RequestContext) async throws {
        try await gate.withKey(id) {
            _ = try await conversation(id, caller)
            try await library.database.transaction { connection in
                try await ManifestStore.deleteManifests(ofConversation: id, on: connection)
                try await ConversationStore.delete(id, on: connection)
            }
        }
    }

    /// - Throws: ``ContextError`` (not found) that names the first unknown one.
    func collections(_ names: [String]?, _ principal: Principal) async throws -> [PassageCollection] {
        let readable = try await library.collections(for: principal)
        guard let names else { return readable }
        return try names.uniqued().map { name in
            guard let collection = readable.first(where: { $0.name == name }) else {
                throw ContextError.unknown("collection", name, parameter: "collections")
            }
            return collection
        }
    }

    /// Learns from an answer to a prompt of a caller who holds the history, and notes in its manifest who gave it.
    func account(
        for answer: ModelAnswer,
        to assembly: PromptAssembler.Assembly,
        in manifest: ContextManifest?
    ) async throws {
        assembler.meters.learn(from: answer, to: assembly)
        guard var manifest else { return }
        manifest.prompt?.note("\(answer.model)", answer.finish == nil ? nil : answer.usage)
        let accounted = manifest
        try await library.database.transaction { try await ManifestStore.update(accounted, on: $0) }
    }

    private func pageLimit(_ limit: Int?) throws(ContextError) -> Int {
        let limit = limit ?? configuration.page
        guard (1...configuration.maximumPage).contains(limit) else {
            throw .invalid("limit", "limit is \(limit); use 1 to \(configuration.maximumPage).")
        }
        return limit
    }

    private static func place(_ cursor: String) throws(ContextError) -> (updated: Int64, id: String) {
        let parts = cursor.split(separator: "~", maxSplits: 1)
        guard parts.count == 2, let updated = Int64(parts[0]) else { throw unknownCursor(cursor) }
        return (updated, String(parts[1]))
    }

    private static func unknownCursor(_ cursor: String) -> ContextError {
        .invalid("cursor", "cursor “\(cursor.clipped(to: 40))” did not come from this server; begin without one.")
    }
}

/// Some of many things, and where the rest begins.
package struct Page<Item: Sendable>: Sendable {
    package let items: [Item]

    /// `nil` at the end.
    package let nextCursor: String?
}
