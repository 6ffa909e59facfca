import ContextCore
import HTTP
import Runtime

/// The routes that every server has, whatever ways in are connected to it.
enum Routes {
    static func router(for roost: Roost, metrics: Metrics) -> Router<Void> {
        var router = Router<Void>()
        router.get("/health", runs: .onLoop) { _, _ in
            .json(
                Array(
                    JSONValue.object(["status": .string("ok"), "version": .string(Product.version)]).description.utf8
                )
            )
        }
        router.get("/metrics") { _, _ in .text(metrics.exposition(), contentType: Metrics.contentType) }
        return router
    }

    @Sendable
    static func render(_ error: any Error, for request: HTTPRequest?) -> HTTPResponse {
        let problem = error as? HTTPError
        let body: JSONValue = [
            "error": [
                "message": .string(problem?.message ?? "The server failed. Its log knows more."),
                "type": "invalid_request_error",
                "code": .string(problem?.code ?? "internal_error"),
                "param": .null,
            ]
        ]
        var response = HTTPResponse.json(Array(body.description.utf8), problem?.status ?? .internalServerError)
        for field in problem?.headers.fields ?? [] { response.headers[field.name] = field.value }
        return response
    }
}
