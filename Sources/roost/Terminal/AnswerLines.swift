import ContextEngine
import Synchronization

/// An answer that comes in pieces, and in front of it a line that says what is waited for.
final class AnswerLines: Sendable {
    private struct State {
        var isWaiting = false
        var isWithinLine = false
    }

    private let terminal: Terminal
    private let state = Mutex(State())

    init(_ terminal: Terminal) {
        self.terminal = terminal
    }

    /// Shown only to a person, until the next piece.
    func wait(_ reason: String) {
        guard terminal.isInteractive, terminal.hasReader, !state.withLock(\.isWithinLine) else { return }
        state.withLock { $0.isWaiting = true }
        terminal.replace(with: terminal.dimmed(reason))
    }

    func say(_ piece: String) throws {
        guard !piece.isEmpty else { return }
        stopWaiting()
        try terminal.say(piece)
        state.withLock { $0.isWithinLine = piece.last != "\n" }
    }

    /// Ends the line that the last piece left open.
    func end() throws {
        stopWaiting()
        guard state.withLock({ $0.isWithinLine }) else { return }
        state.withLock { $0.isWithinLine = false }
        try terminal.print("")
    }

    private func stopWaiting() {
        let wasWaiting = state.withLock { state in
            defer { state.isWaiting = false }
            return state.isWaiting
        }
        guard wasWaiting else { return }
        terminal.replace(with: "")
    }
}

extension TurnContext {
    /// What stands there until the model begins.
    var wait: String { "\(passagesUsed) passage\(passagesUsed == 1 ? "" : "s"), \(tokens.total) tokens …" }

    /// What stands there while others are served.
    static func wait(at position: Int) -> String { "The model is busy: place \(position) in its queue …" }
}
