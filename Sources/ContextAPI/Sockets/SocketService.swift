import ContextCore
import ContextEngine
import HTTP
import Retrieval
import Runtime

/// What all session sockets of a server have in common.
struct SocketService: Sendable {
    /// Answers one prompt; the operation behind `prompt`.
    typealias PromptOperation =
        @Sendable (
            _ request: PromptRequest,
            _ vectors: SessionVectors,
            _ caller: RequestContext,
            _ emit: @Sendable (TurnEvent) async throws -> Void
        ) async throws -> Void

    let configuration: SocketConfiguration
    let store: SessionVectorStore
    let decoder: SocketMessageDecoder
    let errors: ErrorRenderer
    let counts: SocketCounts
    var respond: PromptOperation

    init(_ engine: Engine, _ configuration: SocketConfiguration, _ errors: ErrorRenderer, _ metrics: Metrics) {
        self.configuration = configuration
        self.errors = errors
        store = engine.sessionVectors
        decoder = SocketMessageDecoder(
            dimensions: store.dimensions,
            vectors: store.limits,
            limits: configuration.limits
        )
        counts = SocketCounts(metrics)
        respond = { request, vectors, caller, emit in
            try await engine.prompts.respond(to: request, in: vectors, for: caller.principal, emit: emit)
        }
    }
}

/// What session sockets count.
struct SocketCounts: Sendable {
    let open: Gauge
    let messages: Counter
    let refused: Counter

    init(_ metrics: Metrics) {
        open = metrics.gauge("session_sockets", "Open session sockets.")
        messages = metrics.counter("session_messages_total", "Messages of session sockets.")
        refused = metrics.counter("session_messages_refused_total", "Messages that were answered with an error.")
    }
}

extension ContextAPI {
    func openSocket(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        try SocketOrigin(allowed: sockets.configuration.origins).check(request)
        return .webSocket { [sockets] socket in
            do {
                try await SocketConversation(socket, for: caller, at: sockets).run()
            } catch is ConnectionClosed {
                // The client has left; that is how most sockets end.
            }
        }
    }
}
