import Runtime

/// Asks other servers: answers arrive as streams, connections are kept, and a slow reader slows the peer down.
///
/// All transfers share one thread, that of ``run()``; requests sent before it runs wait for it. Redirects are not followed,
/// and certificates are checked.
package final class HTTPClient: Service {
    private let configuration: ClientConfiguration
    private let loop: CurlLoop

    package init(_ configuration: ClientConfiguration = ClientConfiguration()) {
        self.configuration = configuration
        loop = CurlLoop(configuration)
    }

    /// Moves bytes until the task is cancelled; what is under way then fails.
    package func run() async throws {
        let thread = BlockingExecutor(name: "http-client")
        await withTaskCancellationHandler {
            await thread.run { [loop] in loop.run() }
        } onCancel: {
            loop.stop()
        }
    }

    /// Sends a request and lends the answer, as soon as its head is there.
    ///
    /// What `read` leaves unread is not received: the connection is closed. Cancelling the task ends the transfer at once.
    ///
    /// - Parameter timeouts: in place of the configuration's.
    /// - Throws: ``HTTPClientError``, `CancellationError`, or what `read` throws.
    package func send<Result>(
        _ request: ClientRequest,
        timeouts: ClientConfiguration.Timeouts? = nil,
        _ read: (ClientResponse) async throws -> Result
    ) async throws -> Result {
        var configuration = configuration
        if let timeouts { configuration.timeouts = timeouts }
        let transfer = Transfer(request, configuration, loop)
        return try await withTaskCancellationHandler {
            defer { transfer.cancel() }
            loop.perform(.start(transfer))
            return try await read(ClientResponse(head: transfer.head(), transfer: transfer))
        } onCancel: {
            transfer.cancel()
        }
    }

    /// Sends a request and collects the answer's body.
    package func collect(
        _ request: ClientRequest,
        limit: Int,
        timeouts: ClientConfiguration.Timeouts? = nil
    ) async throws -> (head: ClientResponse.Head, body: [UInt8]) {
        try await send(request, timeouts: timeouts) { ($0.head, try await $0.collect(limit: limit)) }
    }
}
