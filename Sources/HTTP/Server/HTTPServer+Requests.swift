import CBeast
import Runtime

/// A request from its arrival to its end.
extension HTTPServer {
    /// What is remembered about a request for as long as the transport may call back about it.
    final class Visit: Sendable {
        let exchange: Exchange
        let request: HTTPRequest
        let route: ServerMetrics.Route
        let began = MonotonicTime.now
        let server: HTTPServer

        init(_ exchange: Exchange, _ request: HTTPRequest, _ route: ServerMetrics.Route, _ server: HTTPServer) {
            self.exchange = exchange
            self.request = request
            self.route = route
            self.server = server
        }
    }

    /// On the exchange's I/O loop: must not block.
    func accept(_ handle: OpaquePointer) {
        let exchange = Exchange(handle)
        var request = HTTPRequest(exchange)
        let route = Result { () throws(HTTPError) in try router.route(&request) }
        let counted = (try? route.get()).flatMap { routeMetrics[$0.pattern] } ?? metrics.unmatched
        let visit = Visit(exchange, request, counted, self)
        beast_exchange_attach(handle, Unmanaged.passRetained(visit).toOpaque())
        metrics.inFlight.add(1)
        switch route {
        case .failure(let error): exchange.respond(refusal(error, request))
        case .success(let route): start(route, visit)
        }
    }

    private func start(_ route: Router<Void>.Route, _ visit: Visit) {
        handlers.enter()
        let exchange = visit.exchange
        switch route.placement {
        case .onPool:
            exchange.attach(Task { await self.serve(route, visit) })
        case .onLoop:
            let executor = transport.value?.executors[Int(exchange.loop)]
            exchange.attach(Task.immediate(executorPreference: executor) { await self.serve(route, visit) })
        }
    }

    private func serve(_ route: Router<Void>.Route, _ visit: Visit) async {
        await answer(route, visit)
        visit.exchange.detach()
        handlers.leave()
    }

    private func answer(_ route: Router<Void>.Route, _ visit: Visit) async {
        do {
            var response = try await route.handler(visit.request, ())
            response.headers["X-Request-Id"] = visit.request.id
            try await send(response, visit)
        } catch {
            guard visit.exchange.status == nil else { return }
            visit.exchange.respond(refusal(visit.exchange.isCancelled ? HTTPError.clientClosed : error, visit.request))
        }
    }

    /// The error's answer, with the fields that an ``HTTPError`` brings along.
    private func refusal(_ error: any Error, _ request: HTTPRequest) -> HTTPResponse {
        var response = renderError(error, request)
        for field in (error as? HTTPError)?.headers.fields ?? [] { response.headers[field.name] = field.value }
        response.headers["X-Request-Id"] = request.id
        return response
    }

    private func send(_ response: HTTPResponse, _ visit: Visit) async throws {
        let exchange = visit.exchange
        switch response.body {
        case .bytes:
            exchange.respond(response)
        case .stream(let write):
            exchange.announce(response.status, response.headers)
            try await stream(write, visit)
        case .webSocket(let subprotocol, let converse):
            try WebSocketHandshake.check(visit.request)
            await self.converse(converse, WebSocketHandshake.offered(subprotocol, by: visit.request), visit)
        }
    }

    /// - Throws: what `write` throws before its first bytes; later it cuts the connection.
    private func stream(_ write: @Sendable (BodyWriter) async throws -> Void, _ visit: Visit) async throws {
        do {
            if visit.request.method != .head { try await write(BodyWriter(exchange: visit.exchange)) }
            try visit.exchange.begin()
            visit.exchange.end(abort: false)
        } catch {
            guard visit.exchange.status != nil else { throw error }
            if !visit.exchange.isCancelled {
                log.error(
                    "a stream was cut",
                    ["path": visit.request.path, "request": visit.request.id, "error": "\(error)"]
                )
            }
            visit.exchange.end(abort: true)
        }
    }

    private func converse(
        _ converse: @Sendable (WebSocket) async throws -> Void,
        _ subprotocol: String?,
        _ visit: Visit
    ) async {
        let socket = WebSocket { [exchange = visit.exchange] in exchange.cancel() }
        guard visit.exchange.upgrade(to: socket, subprotocol: subprotocol) else { return }
        do {
            try await converse(socket)
            socket.close()
        } catch {
            if socket.closeCode == nil {
                log.error(
                    "a WebSocket failed",
                    ["path": visit.request.path, "request": visit.request.id, "error": "\(error)"]
                )
            }
            socket.close(.internalError)
        }
        log.info(
            "websocket closed",
            [
                "path": visit.request.path, "code": socket.closeCode.map { "\($0.rawValue)" } ?? "closing",
                "seconds": "\(MonotonicTime.now.seconds(since: visit.began))", "request": visit.request.id,
            ]
        )
    }

    /// On the I/O loop: the answer has gone, or the client has.
    func finish(_ visit: Visit, sent: UInt64, isComplete: Bool) {
        if !isComplete { visit.exchange.cancel() }
        visit.exchange.backpressure.close()
        let status = visit.exchange.status ?? .clientClosedRequest
        let seconds = MonotonicTime.now.seconds(since: visit.began)
        metrics.inFlight.add(-1)
        metrics.bytesSent.increment(by: sent)
        visit.route.record(status, seconds: seconds)
        log.info(
            "request",
            [
                "method": visit.request.method.rawValue, "path": visit.request.path, "status": "\(status)",
                "bytes": "\(sent)",
                "ms": milliseconds(seconds), "request": visit.request.id, "peer": visit.request.peer,
                "complete": "\(isComplete)",
            ]
        )
    }

    func refused(_ fault: Int32, peer: String) {
        metrics.faults[Int(fault)].increment()
        log.info("request refused", ["code": TransportFault.error(fault, configuration).code, "peer": peer])
    }

    /// To the microsecond.
    private func milliseconds(_ seconds: Double) -> String {
        "\((seconds * 1_000_000).rounded() / 1000)"
    }
}

extension HTTPError {
    static let clientClosed = HTTPError(.clientClosedRequest, code: "client_closed_request", "The client has left.")
}

extension Exchange {
    /// An answer whose body is there; any other body is the renderer's mistake and goes out empty.
    fileprivate func respond(_ response: HTTPResponse) {
        if case .bytes(let bytes) = response.body {
            respond(response.status, response.headers, bytes)
        } else {
            respond(response.status, response.headers, [])
        }
    }
}
