import Foundation
import Synchronization

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// The events of one streamed answer: Foundation on Linux lends bytes only to a delegate, so that is the way on all platforms.
///
/// The events are held for a reader who is slower than the server; the server's limit of tokens bounds them.
final class ReplySource: NSObject, URLSessionDataDelegate, Sendable {
    typealias Events = AsyncThrowingStream<ReplyEvent, any Error>

    private struct State {
        var head: CheckedContinuation<Void, any Error>?
        let events: Events.Continuation
        var reader = EventReader()

        /// The answer's body where it is no stream of events.
        var refusal: (response: HTTPURLResponse, body: Data)?

        mutating func takeHead() -> CheckedContinuation<Void, any Error>? {
            defer { head = nil }
            return head
        }
    }

    private let state: Mutex<State>

    /// Sends the request, and waits for the answer's head.
    ///
    /// Letting go of the events closes the connection; so nothing here may hold them.
    ///
    /// - Throws: ``RoostError``, also when the server refuses; `CancellationError`.
    static func open(_ request: URLRequest) async throws -> Events {
        let (events, continuation) = Events.makeStream()
        let source = ReplySource(continuation)
        let session = URLSession(configuration: .ephemeral, delegate: source, delegateQueue: nil)
        defer { session.finishTasksAndInvalidate() }
        let task = session.dataTask(with: request)
        continuation.onTermination = { _ in task.cancel() }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { head in
                source.state.withLock { $0.head = head }
                task.resume()
            }
        } onCancel: {
            task.cancel()
        }
        return events
    }

    private init(_ events: Events.Continuation) {
        state = Mutex(State(events: events))
    }

    func urlSession(
        _ session: URLSession,
        dataTask: URLSessionDataTask,
        didReceive response: URLResponse,
        completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
    ) {
        completionHandler(.allow)
        guard let response = response as? HTTPURLResponse else { return }
        let type = response.value(forHTTPHeaderField: "Content-Type") ?? ""
        if (200..<300).contains(response.statusCode), type.hasPrefix("text/event-stream") {
            state.withLock { $0.takeHead() }?.resume()
        } else {
            state.withLock { $0.refusal = (response, Data()) }
        }
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let failure: RoostError? = state.withLock { state in
            guard state.refusal == nil else {
                state.refusal?.body.append(data)
                return nil
            }
            do throws(RoostError) {
                for event in try state.reader.receive(data) {
                    if let event = try ReplyEvent(event) { state.events.yield(event) }
                }
                return nil
            } catch {
                return error
            }
        }
        guard let failure else { return }
        state.withLock { $0.events }.finish(throwing: failure)
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        let (head, events, refusal) = state.withLock { state in (state.takeHead(), state.events, state.refusal) }
        let failure = error.map { ($0 as? URLError).map(RoostError.failure) ?? $0 }
        guard let head else {
            events.finish(throwing: failure.map { Self.loss($0) })
            return
        }
        let answer = refusal.map { RoostError(answer: $0.body, $0.response) }
        head.resume(throwing: failure ?? answer ?? RoostError.unexpectedAnswer("no HTTP"))
    }

    /// The server was there, and then it was not.
    private static func loss(_ error: any Error) -> any Error {
        if case RoostError.unreachable(let reason) = error { RoostError.connectionLost(reason) } else { error }
    }
}

extension RoostError {
    /// An answer where a stream was expected.
    fileprivate init(answer body: Data, _ response: HTTPURLResponse) {
        self =
            (200..<300).contains(response.statusCode)
            ? .unexpectedAnswer(String(decoding: body.prefix(200), as: UTF8.self)) : .refused(Refusal(body, response))
    }
}
