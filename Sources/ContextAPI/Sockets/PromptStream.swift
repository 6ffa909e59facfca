import ContextCore
import Synchronization

/// Turns the events of one prompt into messages, and knows how far it has come when it ends early.
final class PromptStream: Sendable {
    private struct State {
        var end = StreamEnd(reason: .complete)
        var text = ""
    }

    private let reference: MessageReference
    private let isWhole: Bool
    private let send: @Sendable ([UInt8]) async throws -> Void
    private let state = Mutex(State())

    /// - Parameter isWhole: whether the answer goes out in one piece, at its end.
    init(_ reference: MessageReference, isWhole: Bool, send: @escaping @Sendable ([UInt8]) async throws -> Void) {
        self.reference = reference
        self.isWhole = isWhole
        self.send = send
    }

    func receive(_ event: TurnEvent) async throws {
        switch event {
        case .began(let tokens): state.withLock { $0.end.promptTokens = tokens }
        case .delta(let text, let tokens):
            state.withLock { state in
                state.end.completionTokens += tokens
                if isWhole { state.text += text }
            }
            if !isWhole { try await send(SocketAnswer.chunk(reference, text, tokens: tokens)) }
        case .ended(let turn):
            state.withLock { state in
                state.end.turn = turn
                state.end.promptTokens = turn.promptTokens
                state.end.completionTokens = turn.completionTokens
            }
        }
    }

    /// The last message; a whole answer goes before it, as far as it has come.
    func end(_ reason: StreamEnd.Reason) async throws {
        let state = state.withLock { state in
            state.end.reason = reason
            if reason != .complete { state.end.turn = nil }
            return state
        }
        if !state.text.isEmpty {
            try await send(SocketAnswer.chunk(reference, state.text, tokens: state.end.completionTokens))
        }
        try await send(SocketAnswer.ended(reference, state.end))
    }
}
