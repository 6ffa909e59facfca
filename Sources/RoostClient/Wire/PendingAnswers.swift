import Dispatch
import Foundation
import Synchronization

/// What waits for the server: requests for their one answer, prompts for their pieces.
///
/// Each ends exactly once: whoever takes it out of the table ends it.
final class PendingAnswers: Sendable {
    typealias Answer = AsyncThrowingStream<AnswerEvent, any Error>.Continuation

    private struct Prompt {
        let answer: Answer
        var pieces = 0
    }

    private struct State {
        var requests: [String: CheckedContinuation<ServerMessage, any Error>] = [:]
        var prompts: [String: Prompt] = [:]
        var lastID = 0
        var end: RoostError?
    }

    /// Under which the first message waits, which answers nothing.
    static let greeting = "connected"

    private let state = Mutex(State())
    private let timeout: Duration

    init(timeout: Duration) {
        self.timeout = timeout
    }

    /// Why the connection has ended; `nil` while it lives.
    var end: RoostError? { state.withLock(\.end) }

    func newID() -> String {
        state.withLock { state in
            state.lastID += 1
            return String(state.lastID)
        }
    }

    /// Waits for the answer to `id`, which `send` asks for.
    ///
    /// - Throws: ``RoostError``, also when the answer is a refusal; `CancellationError`.
    func answer(to id: String, _ send: () -> Void) async throws -> ServerMessage {
        let message = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (request: CheckedContinuation<ServerMessage, any Error>) in
                let refusal = state.withLock { state -> (any Error)? in
                    // The handler of a task that was cancelled before has run already and found nothing to take out.
                    if Task.isCancelled { return CancellationError() }
                    if let end = state.end { return end }
                    state.requests[id] = request
                    return nil
                }
                if let refusal { return request.resume(throwing: refusal) }
                send()
                expire(id)
            }
        } onCancel: {
            take(id)?.resume(throwing: CancellationError())
        }
        if let refusal = message.refusal { throw RoostError.refused(refusal) }
        return message
    }

    /// Delivers the pieces for the prompt `id` to `answer`.
    func deliver(_ id: String, to answer: Answer) {
        let end = state.withLock { state in
            if state.end == nil { state.prompts[id] = Prompt(answer: answer) }
            return state.end
        }
        if let end { answer.finish(throwing: end) } else { watch(id, since: 0) }
    }

    /// Whether the prompt was still being answered.
    func forget(prompt id: String) -> Bool {
        state.withLock { $0.prompts.removeValue(forKey: id) != nil }
    }

    private func take(_ id: String) -> CheckedContinuation<ServerMessage, any Error>? {
        state.withLock { $0.requests.removeValue(forKey: id) }
    }

    private func expire(_ id: String) {
        DispatchQueue.global().asyncAfter(deadline: .now() + timeout.seconds) { [weak self] in
            self?.take(id)?.resume(throwing: RoostError.timedOut)
        }
    }

    /// Ends a prompt that has got no new piece for the length of the time limit.
    private func watch(_ id: String, since pieces: Int) {
        DispatchQueue.global().asyncAfter(deadline: .now() + timeout.seconds) { [weak self] in
            guard let self, let now = state.withLock({ $0.prompts[id]?.pieces }) else { return }
            guard now == pieces else { return watch(id, since: now) }
            state.withLock { $0.prompts.removeValue(forKey: id) }?.answer.finish(throwing: RoostError.timedOut)
        }
    }
}

extension PendingAnswers {
    func receive(_ event: WebSocketEvent) {
        switch event {
        case .end(let error): finish(error)
        case .text(let text):
            do {
                receive(try JSONDecoder().decode(ServerMessage.self, from: text))
            } catch {
                finish(.unexpectedAnswer(String(decoding: text.prefix(200), as: UTF8.self)))
            }
        }
    }

    private func receive(_ message: ServerMessage) {
        let id = message.type == Self.greeting ? Self.greeting : message.requestID?.text ?? message.id?.text
        guard let id else { return }
        if let request = take(id) {
            request.resume(returning: message)
        } else {
            proceed(id, message)
        }
    }

    private func proceed(_ id: String, _ message: ServerMessage) {
        let prompt = state.withLock { state in
            state.prompts[id]?.pieces += 1
            let ends = message.type == "stream_end" || message.type == "error"
            return ends ? state.prompts.removeValue(forKey: id) : state.prompts[id]
        }
        guard let prompt else { return }
        switch message.type {
        case "stream_chunk": prompt.answer.yield(.text(message.content ?? ""))
        case "stream_end":
            prompt.answer.yield(.end(AnswerEnd(message)))
            prompt.answer.finish()
        default:
            if let refusal = message.refusal { prompt.answer.finish(throwing: RoostError.refused(refusal)) }
        }
    }

    func finish(_ error: RoostError) {
        let (requests, prompts) = state.withLock { state in
            defer { (state.requests, state.prompts) = ([:], [:]) }
            state.end = state.end ?? error
            return (state.requests, state.prompts)
        }
        for request in requests.values { request.resume(throwing: error) }
        for prompt in prompts.values { prompt.answer.finish(throwing: error) }
    }
}

extension AnswerEnd {
    init(_ message: ServerMessage) {
        reason = message.reason ?? "complete"
        promptTokens = message.usage?.promptTokens ?? 0
        completionTokens = message.usage?.completionTokens ?? 0
        citations = (message.citations ?? []).map(\.id.text)
    }
}

extension Duration {
    var seconds: Double { self / .seconds(1) }
}
