import ContextCore
import ContextEngine
import LanguageModels
import Runtime
import Synchronization

/// Reads lines and does what they mean, until the input ends or somebody does.
final class Chat: Sendable {
    private let view: any ChatView
    private let input: LineInput
    private let stop: Latch<Void>
    private let interruption = Mutex(Interruption())

    private struct Interruption {
        var plan = InterruptPlan()

        /// Opened to stop the answer that is being given.
        var answer: Latch<Void>?
    }

    init(_ view: some ChatView, _ input: LineInput, stop: Latch<Void>) {
        self.view = view
        self.input = input
        self.stop = stop
    }

    /// - Throws: what failed first, where nobody is there to go on differently.
    func run(_ session: ChatSession) async throws {
        var session = session
        var lines = ChatLineReader()
        while true {
            view.prompt(isWithinMessage: lines.isWithinMessage)
            do {
                guard let line = try await input.next() else { break }
                interruption.withLock { $0.plan.readLine() }
                guard !view.hasPerson || line.utf8.count < Self.terminalLine else {
                    lines.forget()
                    try view.show(.failed(Self.cutLine))
                    continue
                }
                guard let meaning = lines.read(line) else { continue }
                guard try await act(on: meaning, &session) else { break }
            } catch is LineInput.Interrupted {
                lines.forget()
                view.remark("Ctrl-C again ends, as do Ctrl-D and /quit.")
            }
        }
        if let rest = lines.end() { _ = try await act(on: rest, &session) }
        view.remark(Self.farewell(session))
    }

    /// Bytes of a line that Linux keeps while it is typed (termios(3), canonical mode); what goes beyond is lost before it is read.
    private static let terminalLine = 4_095

    private static let cutLine = ContextError.invalid(
        "content",
        "A terminal passes on \(terminalLine) bytes of a line, so the end of this one is lost and it was not sent. "
            + "Break it into lines between \"\"\", or pipe it into roost chat."
    )

    private static func farewell(_ session: ChatSession) -> String {
        session.conversation.map { "To go on: roost chat --conversation \($0.id)" } ?? "Nothing was said."
    }

    /// Ctrl-C, on the thread of the signals.
    func interrupt() {
        let (action, answer) = interruption.withLock { ($0.plan.interrupted(), $0.answer) }
        switch action {
        case .stopAnswer: answer?.open()
        case .dropLine: input.interrupt()
        case .end: stop.open()
        }
    }

    /// - Returns: whether the chat goes on.
    private func act(on line: ChatLine, _ session: inout ChatSession) async throws -> Bool {
        do {
            switch line {
            case .blank: break
            case .message(let text): try await answer(text, &session)
            case .command(.quit, _): return false
            case .command(let order, let argument): try view.show(try await news(order, argument, &session))
            case .unknown(let name): throw Self.unknown(name)
            }
        } catch let error as ContextError {
            try view.show(.failed(error))
            guard view.hasPerson else { throw AlreadyTold() }
        }
        return true
    }

    private static func unknown(_ name: String) -> ContextError {
        let nearest = EditDistance.nearest(to: name, in: ChatOrder.allCases.map(\.rawValue))
        return .invalid("content", "There is no /\(name)." + (nearest.map { " Did you mean /\($0)?" } ?? " See /help."))
    }

    private func news(_ order: ChatOrder, _ argument: String, _ session: inout ChatSession) async throws -> ChatNews {
        switch order {
        case .help, .quit: return .help
        case .models: return .models(session.configuredModels)
        case .model:
            if !argument.isEmpty { session.use(model: argument) }
            return .model(session.modelName, requested: session.model)
        case .context: return .context(try await session.context())
        case .history: return .history(try await session.history())
        case .list: return .conversations(try await session.list())
        case .new:
            session.leave()
            return .conversation(nil)
        case .open:
            guard !argument.isEmpty else { throw ContextError.invalid("id", "Which one? /open ID; /list shows them.") }
            try await session.open(argument)
            return .conversation(session.conversation)
        case .system:
            if argument.isEmpty { return .system(session.systemPrompt) }
            session.use(systemPrompt: argument)
            return .conversation(nil)
        }
    }
}

extension Chat {
    /// Answers until the end, or until Ctrl-C stops it: then the conversation has kept what was said.
    private func answer(_ text: String, _ session: inout ChatSession) async throws {
        let stopped = Latch<Void>()
        let isNew = session.conversation == nil
        let conversation = try await session.begin(with: text)
        if isNew { try view.show(.began(conversation)) }
        interruption.withLock { state in
            state.plan.beganAnswer()
            state.answer = stopped
        }
        defer {
            interruption.withLock { state in
                state.plan.endedAnswer()
                state.answer = nil
            }
        }
        let wasStopped = try await withThrowingTaskGroup(of: Bool.self) { [session, view] group in
            group.addTask {
                try await session.send(text, to: conversation) { try view.show(.event($0)) }
                return false
            }
            group.addTask {
                try await stopped.wait()
                return true
            }
            let wasStopped = try await group.next() ?? false
            group.cancelAll()
            // The turn is over when what was said is kept.
            while let _ = await group.nextResult() {}
            return wasStopped
        }
        if wasStopped { try view.show(.stopped) }
    }
}

/// A failure that was shown where it happened; all that is left is the exit code.
struct AlreadyTold: Error {}
