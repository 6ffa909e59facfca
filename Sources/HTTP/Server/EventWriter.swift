import Runtime
import Synchronization

/// Where server-sent events go.
///
/// Each call is one write, so several tasks may share a writer.
package final class EventWriter: Sendable {
    private let body: BodyWriter
    private let lastWrite = Mutex(MonotonicTime.now)

    init(_ body: BodyWriter) { self.body = body }

    package func send(_ event: ServerSentEvent) async throws {
        try await write(event.encoded)
    }

    package func comment(_ text: String) async throws {
        try await write(ServerSentEvent.comment(text))
    }

    private func write(_ bytes: [UInt8]) async throws {
        lastWrite.withLock { $0 = .now }
        try await body.write(bytes)
    }

    /// Sends a comment whenever nothing else was sent for `interval`, until the task is cancelled.
    fileprivate func keepAlive(every interval: Duration) async throws {
        while true {
            let silence = Duration.seconds(MonotonicTime.now.seconds(since: lastWrite.withLock(\.self)))
            if silence < interval {
                try await Task.sleep(for: interval - silence)
            } else {
                try await comment("keep-alive")
            }
        }
    }
}

extension HTTPResponse {
    /// A stream of server-sent events, not to be cached or buffered on its way.
    ///
    /// - Parameter keepAlive: how long the stream may be silent before a comment is sent; `nil` for ever.
    package static func events(
        keepAlive: Duration? = .seconds(15),
        headers: HTTPHeaders = [:],
        _ produce: @escaping @Sendable (EventWriter) async throws -> Void
    ) -> HTTPResponse {
        var headers = headers
        headers["Content-Type"] = "text/event-stream"
        headers["Cache-Control"] = "no-store"
        headers["X-Accel-Buffering"] = "no"
        let body = HTTPResponse.Body.stream { body in
            let writer = EventWriter(body)
            try await withThrowingTaskGroup(of: Void.self) { group in
                if let keepAlive { group.addTask { try await writer.keepAlive(every: keepAlive) } }
                defer { group.cancelAll() }
                try await produce(writer)
            }
        }
        return HTTPResponse(.ok, headers: headers, body: body)
    }
}
