package import ContextCore
package import ContextEngine
package import HTTP
package import Runtime

/// The engine on the wire: one table from route to operation.
///
/// A handler decodes, calls the engine, and encodes; what a request means is decided below.
package struct ContextAPI: Sendable {
    package typealias Authenticator = @Sendable (HTTPRequest) async throws -> Principal

    let engine: Engine
    let metrics: Metrics
    let errors: ErrorRenderer
    let limits: APILimits
    let embeddingLimits: EmbeddingLimits
    let sockets: SocketService
    private let authenticate: Authenticator

    /// - Parameters:
    ///   - errors: makes the answers to errors in a stream or over a socket; the server has its own for HTTP.
    ///   - authenticate: makes the principal; without any authentication configured the server listens on
    ///     loopback only and everybody is the local user.
    package init(
        engine: Engine,
        metrics: Metrics,
        limits: APILimits = APILimits(),
        embeddingLimits: EmbeddingLimits = EmbeddingLimits(),
        sockets: SocketConfiguration = SocketConfiguration(),
        errors: ErrorRenderer = ErrorRenderer(log: .disabled),
        authenticate: @escaping Authenticator = { _ in .local }
    ) {
        self.engine = engine
        self.metrics = metrics
        self.errors = errors
        self.embeddingLimits = embeddingLimits
        self.limits = limits
        self.authenticate = authenticate
        self.sockets = SocketService(engine, sockets, errors, metrics)
    }

    package func router() -> Router<Void> {
        var router = Router<Void>()
        router.get("/health", runs: .onLoop) { _, _ in health() }
        router.get("/ready") { _, _ in try await ready() }
        router.get("/metrics") { _, _ in exposition() }
        router.mount(operations().naming(unknownParametersOf: Self.queryParameters)) { request, _ in
            RequestContext(principal: try await authenticate(request), now: engine.now(), requestID: request.id)
        }
        return router
    }

    /// What the operations read from the query, by route.
    private static let queryParameters: [String: Set<String>] = [
        "/training_data/export": ["format", "collection", "since", "min_confidence"],
        "/v1/manifests/{id}": ["replay"],
    ]

    /// What needs a principal.
    private func operations() -> Router<RequestContext> {
        var router = Router<RequestContext>()
        // Context sessions
        router.post("/context/multi_turn", multiTurn)
        router.post("/feedback/evaluate", evaluateFeedback)
        router.get("/session/{id}", sessionInfo)
        router.delete("/session/{id}", clearSession)
        router.get("/discovery", discover)
        router.get("/discovery/{collection}", discoverCollection)
        router.post("/interactions/record", recordInteraction)
        router.get("/training_data/export", exportTrainingData)
        router.get("/v1/manifests/{id}", manifest)
        // Collections, passages, documents
        router.post("/v1/collections", createCollection)
        router.get("/v1/collections", listCollections)
        router.get("/v1/collections/{name}", showCollection)
        router.delete("/v1/collections/{name}", deleteCollection)
        router.post("/v1/collections/{name}/passages", writePassages)
        router.delete("/v1/collections/{name}/passages/{id}", deletePassage)
        router.post("/v1/documents", submitDocument)
        router.get("/v1/documents/{id}", showDocument)
        router.delete("/v1/documents/{id}", deleteDocument)
        // Conversations
        router.post("/v1/conversations", createConversation)
        router.get("/v1/conversations", listConversations)
        router.get("/v1/conversations/{id}", showConversation)
        router.delete("/v1/conversations/{id}", deleteConversation)
        router.get("/v1/conversations/{id}/messages", listMessages)
        router.post("/v1/conversations/{id}/messages", sendMessage)
        // Jobs, whose callers hold the history
        router.post("/v1/jobs", runJob)
        router.post("/v1/inference", infer)
        router.post("/api/compact/embeddings", compactEmbeddings)
        router.post("/api/compact/summarize", compactSummary)
        router.get("/api/compact/tasks/{id}", showTask)
        // RAG sessions
        router.post("/v1/rag/sessions", openRAGSession)
        router.post("/v1/rag/sessions/{id}/prompts", promptRAGSession)
        router.delete("/v1/rag/sessions/{id}", endRAGSession)
        router.post("/v1/rag/tokens/revoke", revokeToken)
        // OpenAI's clients
        router.post("/v1/chat/completions", completeChat)
        router.get("/v1/models", listModels)
        router.get("/v1/models/{id}", showModel)
        // Search
        router.post("/v1/search", search)
        // Embeddings
        router.post("/v1/embed", embed)
        router.post("/v1/embeddings", embeddings)
        // Session vectors
        router.get("/v1/ws", openSocket)
        return router
    }
}
