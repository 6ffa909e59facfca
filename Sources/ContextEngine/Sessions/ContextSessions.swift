package import ContextCore
package import LanguageModels
package import Retrieval
import Runtime
package import SQL

/// A remote model pulls context over several turns; no token is paid for twice.
///
///     validate → open the session → assemble → suggest → record → answer
///
/// The answer leaves only after its delivery record, turn and manifest are durable, in one transaction.
package struct ContextSessions: Sendable {
    /// The context when nothing was found; part of the contract.
    package static let nothingFound = "No relevant context found in local knowledge base."

    let library: PassageLibrary
    let database: Database
    let configuration: ContextConfiguration
    let writer: QueryWriter
    private let tokenizer: any Tokenizer
    private let assembler: ContextAssembler
    private let gate = KeyedGate()

    package init(
        library: PassageLibrary,
        database: Database,
        models: ModelCatalog,
        tokenizer: any Tokenizer,
        configuration: ContextConfiguration
    ) {
        self.library = library
        self.database = database
        self.configuration = configuration
        writer = QueryWriter(models: models, configuration: configuration.writer)
        self.tokenizer = tokenizer
        assembler = ContextAssembler(library: library, tokenizer: tokenizer, configuration: configuration)
    }

    package func pull(_ request: ContextRequest, _ caller: RequestContext) async throws -> ContextTurn {
        var request = try request.validated(configuration.limits)
        let id = request.sessionID ?? Identifier.random("s_")
        request.sessionID = id
        return try await gate.withKey(id) {
            try await turn(of: try await open(id, caller), for: request, caller)
        }
    }

    /// The session under `id`, or a new one where there is none or it has expired.
    ///
    /// - Throws: ``ContextError`` (not found) when the id belongs to another principal.
    private func open(_ id: String, _ caller: RequestContext) async throws -> ContextSession {
        let stored = try await database.read { try await SessionStore.session(id, on: $0) }
        guard let stored, !stored.isExpired(at: caller.now, after: configuration.sessionTimeToLive) else {
            return ContextSession(id: id, for: caller.principal, at: caller.now)
        }
        guard stored.belongs(to: caller.principal) else {
            throw ContextError.unknown("session", id, parameter: "session_id")
        }
        return stored
    }

    private func turn(
        of session: ContextSession,
        for request: ContextRequest,
        _ caller: RequestContext
    ) async throws -> ContextTurn {
        let collections = try await collections(for: request, caller.principal)
        var delivered = session.delivered
        let acknowledged = try await library.keys(ids: request.previousContextIDs, for: caller.principal)
        acknowledged.forEach { delivered.acknowledge($0) }
        let assembly = try await assembler.assemble(request, from: collections, after: delivered, for: caller.principal)
        let entries = assembly.pack.parts.map {
            DeliveryRecord.Entry(passage: $0.passage.key, form: $0.form, signature: $0.signature)
        }
        entries.forEach { delivered.record($0) }
        let asked = session.queries + [request.query]
        let proposals = try await proposals(after: assembly, asked: asked, in: collections, caller.principal)
        let suggestions = try await SuggestionFinder(library: library, configuration: configuration).suggestions(
            after: assembly,
            proposals: proposals,
            asked: asked,
            delivered: delivered,
            in: collections,
            meeting: request.filter,
            for: caller.principal
        )
        let text = assembly.pack.parts.isEmpty ? Self.nothingFound : assembly.pack.text
        let setting = setting(of: request, turn: session.nextTurn, collections, suggestions, caller)
        let manifest = ContextManifest(of: assembly, for: request, text: text, setting: setting)
        try await record(entries, manifest, in: session, for: request, caller)
        let degraded = assembly.degraded + proposals.degraded
        return ContextTurn(
            context: text,
            contextIDs: assembly.pack.parts.map(\.passage.id),
            suggestions: suggestions.map(\.query),
            tokenCount: assembly.pack.tokens,
            collectionsSearched: collections.map(\.name).uniqued(),
            sessionID: session.id,
            turnNumber: session.nextTurn,
            manifestID: manifest.id,
            omitted: manifest.omitted,
            manifest: request.explain ? manifest : nil,
            degraded: degraded.isEmpty ? nil : degraded
        )
    }

    /// What a model would ask next; it isn't asked where nothing could be found.
    private func proposals(
        after assembly: ContextAssembler.Assembly,
        asked: [String],
        in collections: [PassageCollection],
        _ principal: Principal
    ) async throws -> QueryWriter.Proposals {
        guard configuration.suggestions > 0, collections.contains(where: { library.passageCount(in: $0) > 0 }) else {
            return QueryWriter.Proposals()
        }
        return try await writer.followUps(
            to: asked.last ?? "",
            context: assembly.pack.text,
            asked: asked,
            count: configuration.suggestions * 2,
            for: principal.home.path
        )
    }

    /// The request's own collections, or those of its level that exist; of a name that several scopes have, all.
    private func collections(
        for request: ContextRequest,
        _ principal: Principal
    ) async throws -> [PassageCollection] {
        let readable = try await library.collections(for: principal)
        guard let names = request.collections else {
            return configuration.levels[request.level].collections.flatMap { name in
                readable.filter { $0.name == name }
            }
        }
        return try names.uniqued().flatMap { name in
            let named = readable.filter { $0.name == name }
            guard !named.isEmpty else { throw ContextError.unknown("collection", name, parameter: "collections") }
            return named
        }
    }

    private func setting(
        of request: ContextRequest,
        turn: Int,
        _ collections: [PassageCollection],
        _ suggestions: [Suggestion],
        _ caller: RequestContext
    ) -> ContextManifest.Setting {
        ContextManifest.Setting(
            now: caller.now,
            sessionID: request.sessionID ?? "",
            turn: turn,
            collections: collections.map(\.name).uniqued(),
            filter: request.filterJSON,
            tokenizer: tokenizer.name,
            embedder: library.embedderName,
            form: configuration.levels[request.level].form,
            rendering: configuration.rendering,
            suggestions: suggestions
        )
    }

    private func record(
        _ entries: [DeliveryRecord.Entry],
        _ manifest: ContextManifest,
        in session: ContextSession,
        for request: ContextRequest,
        _ caller: RequestContext
    ) async throws {
        var session = session
        session.lastAccessed = caller.now
        session.itemsSent += entries.count
        session.tokensSent += manifest.tokens
        if let metadata = request.metadata {
            session.metadata = session.metadata.merging(metadata)
            try Validation.metadata(session.metadata, limit: configuration.limits.metadataBytes)
        }
        let isNew = session.turns.isEmpty
        let delivery = SessionStore.Delivery(
            turn: ContextSession.Turn(
                number: session.nextTurn,
                query: request.query,
                tokens: manifest.tokens,
                manifestID: manifest.id
            ),
            entries: entries
        )
        let saved = session
        try await database.transaction { connection in
            // An expired session of the same id may still lie there; its turns must not become the new one's.
            if isNew { try await SessionStore.delete(saved.id, on: connection) }
            try await SessionStore.save(saved, on: connection)
            try await SessionStore.append(delivery, to: saved, on: connection)
            try await ManifestStore.save(manifest, for: caller.principal, at: caller.now, on: connection)
        }
    }
}

extension ContextSessions {
    /// - Throws: ``ContextError`` (not found) also for expired sessions and those of others.
    package func session(_ id: String, _ caller: RequestContext) async throws -> ContextSession {
        let stored = try await database.read { try await SessionStore.session(id, on: $0) }
        guard let stored, stored.belongs(to: caller.principal),
            !stored.isExpired(at: caller.now, after: configuration.sessionTimeToLive)
        else { throw ContextError.unknown("session", id, parameter: "session_id") }
        return stored
    }

    /// Forgets the session: its turns and its delivery record.
    ///
    /// Feedback that was given stays.
    package func clear(_ id: String, _ caller: RequestContext) async throws {
        try await gate.withKey(id) {
            _ = try await session(id, caller)
            try await database.transaction { try await SessionStore.delete(id, on: $0) }
        }
    }
}

extension Sequence where Element: Hashable {
    /// The elements in their order, each at its first place only.
    func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
