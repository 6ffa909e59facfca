import HTTP
import Runtime

/// Runs a server on a free port for the length of `body`, then drains it.
func withServer(
    _ router: Router<Void> = .echo(),
    log: Log = .disabled,
    metrics: Metrics = Metrics(),
    configure: (inout ServerConfiguration) -> Void = { _ in },
    _ body: @Sendable (_ server: HTTPServer, _ port: UInt16) async throws -> Void
) async throws {
    var configuration = ServerConfiguration()
    configuration.timeouts.linger = .milliseconds(300)
    configuration.timeouts.drain = .seconds(2)
    configure(&configuration)
    let server = HTTPServer(configuration, router: router, log: log, metrics: metrics, renderError: render)
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await server.run() }
        let port = try await server.ready.wait()
        do {
            try await body(server, port)
        } catch {
            group.cancelAll()
            throw error
        }
        group.cancelAll()
        try await group.waitForAll()
    }
}

/// Errors as the product's table would render them, in its shape.
@Sendable func render(_ error: any Error, _ request: HTTPRequest?) -> HTTPResponse {
    let error = error as? HTTPError ?? HTTPError(.internalServerError, code: "internal", "\(error)")
    let body =
        #"{"error":{"message":"\#(error.message)","type":"invalid_request","code":"\#(error.code)","param":null}}"#
    return .json(Array(body.utf8), error.status)
}

extension Router<Void> {
    /// `GET /health`, `POST /echo`, and whatever a test adds.
    static func echo(_ add: (inout Router<Void>) -> Void = { _ in }) -> Router<Void> {
        var router = Router<Void>()
        router.get("/health", runs: .onLoop) { _, _ in .text("ok") }
        router.post("/echo") { request, _ in
            HTTPResponse(headers: ["Content-Type": "application/octet-stream"], body: .bytes(request.body))
        }
        add(&router)
        return router
    }
}
