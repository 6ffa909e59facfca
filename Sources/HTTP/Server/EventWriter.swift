import Runtime
import Synchronization

/// Where server-sent events go.
///
/// Each call is one write, so several tasks may share a writer.
package final class EventWriter: Sendable {
    private struct State {
        var lastWrite = MonotonicTime.now
        var stage = Stage.unsent
    }

    private enum Stage {
        case unsent, begun, abandoned
    }

    private let body: BodyWriter
    private let state = Mutex(State())

    init(_ body: BodyWriter) { self.body = body }

    package func send(_ event: ServerSentEvent) async throws {
        try await write(event.encoded)
    }

    package func comment(_ text: String) async throws {
        try await write(ServerSentEvent.comment(text))
    }

    /// Gives up a stream of which nothing was sent, not even a comment: an error is then still answered with its status.
    ///
    /// - Returns: whether that was so. Otherwise only an event can tell of an error.
    package func abandon() -> Bool {
        state.withLock { state in
            if state.stage == .unsent { state.stage = .abandoned }
            return state.stage == .abandoned
        }
    }

    private func write(_ bytes: [UInt8]) async throws {
        try state.withLock { state in
            guard state.stage != .abandoned else { throw CancellationError() }
            state.stage = .begun
            state.lastWrite = .now
        }
        try await body.write(bytes)
    }

    /// Sends a comment whenever nothing else was sent for `interval`, until the task is cancelled.
    fileprivate func keepAlive(every interval: Duration) async throws {
        while true {
            let silence = Duration.seconds(MonotonicTime.now.seconds(since: state.withLock(\.lastWrite)))
            if silence < interval {
                try await Task.pause(for: interval - silence)
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
        keepAlive: Duration? = nil,
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
