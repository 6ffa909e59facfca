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
    private let authenticate: Authenticator

    /// - Parameter authenticate: makes the principal; without any authentication configured the server listens on
    ///   loopback only and everybody is the local user.
    package init(engine: Engine, metrics: Metrics, authenticate: @escaping Authenticator = { _ in .local }) {
        self.engine = engine
        self.metrics = metrics
        self.authenticate = authenticate
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
        // Search
        router.post("/v1/search", search)
        return router
    }
}
