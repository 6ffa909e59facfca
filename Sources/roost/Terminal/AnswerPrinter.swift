import ContextEngine
import LanguageModels
import Synchronization

/// Prints the answer to a single question as it comes: the text, below it what it cites, last who is no model.
final class AnswerPrinter: Sendable {
    private let terminal: Terminal
    private let lines: AnswerLines
    private let numbers = Mutex(CitationNumbers(passages: 0))

    /// Whether it was said already what answers have to do without.
    private let isDegradationTold: Bool

    init(_ terminal: Terminal, isDegradationTold: Bool) {
        self.terminal = terminal
        self.isDegradationTold = isDegradationTold
        lines = AnswerLines(terminal)
    }

    func show(_ event: ChatEvent) throws {
        switch event {
        case .context(let context):
            numbers.withLock { $0 = CitationNumbers(passages: context.passagesUsed) }
            if let degraded = context.degraded, !isDegradationTold {
                terminal.note("Note: answered without \(degraded.joined(separator: ", ")).")
            }
            lines.wait(context.wait)
        case .queued(let position): lines.wait(TurnContext.wait(at: position))
        case .began: break
        case .model(.text(let piece)) where piece == ExtractiveModel.closing: break
        case .model(.text(let piece)): try lines.say(numbers.withLock { $0.receive(piece) })
        case .model: break
        }
    }

    func finish(_ answer: QuestionAnswer) throws {
        try interrupt()
        let citations = Dictionary(answer.outcome.citations.map { ($0.number, $0) }) { $1 }
        let cited = numbers.withLock(\.order).compactMap { citations[$0] }
        if !cited.isEmpty { try terminal.print("") }
        for (place, citation) in cited.enumerated() {
            var citation = citation
            citation.number = place + 1
            try terminal.print(terminal.dimmed(citation.line))
        }
        if answer.isExtractive { try terminal.print(terminal.dimmed("\n\(ExtractiveModel.disclosure)")) }
        if answer.answer.finish == .length { terminal.note("Note: the answer reached llm.max_tokens and ends there.") }
    }

    /// Ends the line where the answer ended.
    func interrupt() throws {
        try lines.say(numbers.withLock { $0.release() })
        try lines.end()
    }
}
