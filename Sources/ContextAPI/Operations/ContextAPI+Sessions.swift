import ContextCore
import ContextEngine
import HTTP
import Retrieval

extension ContextAPI {
    func multiTurn(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        let body = try request.decode(MultiTurnBody.self)
        let turn = try await engine.sessions.pull(body.value.request(limits: engine.configuration.limits), caller)
        return try .json(encoding: turn, ignored: body.ignored)
    }

    func evaluateFeedback(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        let body = try request.decode(FeedbackBody.self)
        return try .json(
            encoding: try await engine.sessions.evaluate(body.value.request, caller),
            ignored: body.ignored
        )
    }

    func sessionInfo(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        let session = try await engine.sessions.session(request.parameter("id"), caller)
        return try .json(encoding: SessionReport(session))
    }

    func clearSession(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        let id = request.parameter("id")
        try await engine.sessions.clear(id, caller)
        return try .json(encoding: ["status": "cleared", "session_id": id])
    }

    func recordInteraction(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        let body = try request.decode(InteractionBody.self)
        let id = try await engine.interactions.record(try body.value.interaction(), caller)
        return try .json(encoding: ["interaction_id": id], .created, ignored: body.ignored)
    }

    /// The selection is checked before the first byte goes out, so a bad one is a 400 and not a broken stream.
    func exportTrainingData(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        let selection = try request.trainingDataSelection()
        if let name = selection.collection { _ = try await engine.library.collection(name, for: caller.principal) }
        return .stream(contentType: "application/x-ndjson") { writer in
            try await engine.trainingData.forEachLine(selection, for: caller.principal) { line in
                try await writer.write(line + "\n")
            }
        }
    }

    func discover(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        try .json(encoding: try await engine.discovery.overview(caller))
    }

    func discoverCollection(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        try .json(encoding: try await engine.discovery.detail(of: request.parameter("collection"), caller))
    }

    /// The account of a context; with `?replay=true` also the context itself, rebuilt.
    func manifest(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        let manifest = try await engine.sessions.manifest(request.parameter("id"), caller)
        guard try request.flag("replay") else { return try .json(encoding: ManifestReport(manifest: manifest)) }
        let replay = try await engine.sessions.replay(manifest, caller)
        return try .json(encoding: ManifestReport(manifest: manifest, replay: ReplayReport(replay)))
    }
}

/// `GET /session/{id}`.
private struct SessionReport: Encodable {
    let session: ContextSession

    init(_ session: ContextSession) {
        self.session = session
    }

    private enum CodingKeys: String, CodingKey {
        case queries, metadata
        case sessionID = "session_id"
        case createdAt = "created_at"
        case lastAccessed = "last_accessed"
        case turnCount = "turn_count"
        case totalQueries = "total_queries"
        case totalContextItemsSent = "total_context_items_sent"
        case totalTokensSent = "total_tokens_sent"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(session.id, forKey: .sessionID)
        try container.encode(session.createdAt.iso8601, forKey: .createdAt)
        try container.encode(session.lastAccessed.iso8601, forKey: .lastAccessed)
        try container.encode(session.turns.count, forKey: .turnCount)
        try container.encode(session.turns.count, forKey: .totalQueries)
        try container.encode(session.itemsSent, forKey: .totalContextItemsSent)
        try container.encode(session.tokensSent, forKey: .totalTokensSent)
        try container.encode(session.queries, forKey: .queries)
        try container.encode(session.metadata, forKey: .metadata)
    }
}

/// `GET /v1/manifests/{id}`.
private struct ManifestReport: Encodable {
    let manifest: ContextManifest
    var replay: ReplayReport?

    private enum CodingKeys: String, CodingKey { case replay }

    func encode(to encoder: any Encoder) throws {
        try manifest.withoutTexts.encode(to: encoder)
        guard let replay else { return }
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(replay, forKey: .replay)
    }
}

private struct ReplayReport: Encodable {
    let exact: Bool
    var context: String?
    var missing: [ManifestReplay.Missing]?

    init(_ replay: ManifestReplay) {
        switch replay {
        case .exact(let context):
            exact = true
            self.context = context
        case .incomplete(let missing):
            exact = false
            self.missing = missing
        }
    }
}
