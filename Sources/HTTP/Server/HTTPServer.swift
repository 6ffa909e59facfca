import CBeast
package import Runtime

/// Listens, and answers requests with the handlers of a router.
///
/// Bytes are the transport's business (``CBeast``): it hands over whole requests and takes answers. Here a request becomes a
/// task, and everything that ends the request ends the task: the client leaves, the server's time to drain is over.
///
///     transport: request ─▶ route ─▶ task ─▶ handler ─▶ answer ─▶ transport: end ─▶ log, metrics
///
/// The tasks aren't children of ``run()`` because they begin in callbacks of C; they have a parent all the same: the
/// exchange cancels its task, and ``run()`` doesn't return before the last one has ended.
package final class HTTPServer: Service {
    /// Makes the answer to an error: one that a handler threw, or an ``HTTPError`` of the server itself.
    ///
    /// Its body must be `.bytes`. The request is `nil` for what is refused before there is one.
    package typealias ErrorRenderer = @Sendable (_ error: any Error, _ request: HTTPRequest?) -> HTTPResponse

    /// Opened with the port when the server accepts connections.
    package let ready = Latch<UInt16>()

    let configuration: ServerConfiguration
    let router: Router<Void>
    let log: Log
    let renderError: ErrorRenderer
    let metrics: ServerMetrics
    let routeMetrics: [PathPattern: ServerMetrics.Route]
    let handlers = HandlerCount()
    let transport = Latch<Transport>()
    let stopped = Latch<Void>()

    package init(
        _ configuration: ServerConfiguration,
        router: Router<Void>,
        log: Log = .disabled,
        metrics: Metrics = Metrics(),
        renderError: @escaping ErrorRenderer
    ) {
        self.configuration = configuration
        self.router = router
        self.log = log
        self.renderError = renderError
        let counts = ServerMetrics(
            metrics,
            faults: (0..<Int32(BEAST_FAULT_COUNT.rawValue)).map { TransportFault.error($0, configuration).code }
        )
        self.metrics = counts
        metrics.gauge("http_connections", "Open connections, WebSockets included.") { [transport] in
            transport.value?.connections ?? 0
        }
        routeMetrics = Dictionary(
            router.routes.map { ($0.pattern, counts.route($0.pattern)) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// Open connections, WebSockets included.
    package var connectionCount: Int { transport.value?.connections ?? 0 }

    /// Serves until its task is cancelled; then stops accepting, lets requests in flight finish, closes WebSockets with 1001,
    /// and returns when all is done; what isn't when `timeouts.drain` is over is cut and its handler cancelled, which has to
    /// heed that.
    ///
    /// - Throws: ``ServerStartError`` when the address, the port or the certificate can't be used.
    package func run() async throws {
        let transport = try Transport(self)
        self.transport.open(transport)
        ready.open(transport.port)
        log.info("listening", ["address": "\(configuration.host):\(transport.port)"])
        await withTaskCancellationHandler {
            await stopped.opened()
        } onCancel: {
            transport.drain(configuration.timeouts.drain)
        }
        await handlers.idle()
        transport.destroy()
        log.info("stopped listening", ["address": "\(configuration.host):\(transport.port)"])
    }
}

/// Why a server can't begin.
package struct ServerStartError: Error, CustomStringConvertible {
    package let address: String
    package let reason: String
    package var description: String { "can't listen on \(address): \(reason)" }
}
