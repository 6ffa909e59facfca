import ContextCore
import ContextEngine
import LanguageModels

/// A chat for people; where nobody types, the answers alone.
struct TextChatView: ChatView {
    private let terminal: Terminal
    private let answer: AnswerLines

    /// Whether it was said already what answers have to do without.
    private let isDegradationTold: Bool

    init(_ terminal: Terminal, isDegradationTold: Bool) {
        self.terminal = terminal
        self.isDegradationTold = isDegradationTold
        answer = AnswerLines(terminal)
    }

    var hasPerson: Bool { terminal.hasTypist }

    func prompt(isWithinMessage: Bool) {
        if hasPerson, terminal.isInteractive { terminal.replace(with: isWithinMessage ? "… " : "> ") }
    }

    func remark(_ sentence: String) {
        if hasPerson { terminal.note(terminal.dimmed(sentence)) }
    }

    func show(_ news: ChatNews) throws {
        switch news {
        case .conversation(let conversation): remark(Self.sentence(about: conversation))
        case .began: break
        case .model(let name, let requested): try show(name, requested)
        case .models(let names): try names.forEach { try terminal.print($0.description) }
        case .context(nil): try terminal.print("Nothing was answered yet.")
        case .context(let account?): try account.lines.forEach { try terminal.print($0) }
        case .history(let messages): try show(messages)
        case .conversations(let found): try show(found)
        case .system(let prompt): try terminal.print(prompt ?? "There is no system prompt.")
        case .help: try terminal.print(Self.help)
        case .event(let event): try show(event)
        case .stopped:
            try answer.end()
            remark("Stopped; what was said is kept.\n")
        case .failed(let error):
            try answer.end()
            terminal.note("roost: \(error.message)")
        }
    }

    private func show(_ event: ConversationEvent) throws {
        switch event {
        case .context(let context):
            if let degraded = context.degraded, !isDegradationTold {
                remark("Answered without \(degraded.joined(separator: ", ")).")
            }
            answer.wait(context.wait)
        case .queued(let position): answer.wait(TurnContext.wait(at: position))
        case .began: break
        case .delta(let text): try answer.say(text)
        case .done(let turn):
            try answer.end()
            guard hasPerson else { return }
            for citation in turn.citations { try terminal.print(terminal.dimmed(citation.line)) }
            try terminal.print("")
        }
    }

    private static func sentence(about conversation: Conversation?) -> String {
        guard let conversation else { return "Another conversation begins with the next message." }
        let title = conversation.title.map { " “\($0)”" } ?? ""
        return "Conversation \(conversation.id)\(title), \(conversation.messageCount) messages; /history shows them."
    }

    private func show(_ name: ModelName, _ requested: String?) throws {
        try terminal.print("\(name)")
        if let requested, name == ExtractiveModel.name, !name.isMeant(by: requested) {
            terminal.note("No provider is configured that could have a model “\(requested)”; set llm.provider.")
        }
    }

    private func show(_ messages: [ConversationMessage]) throws {
        if messages.isEmpty { try terminal.print("Nothing was said yet.") }
        for message in messages {
            let speaker = message.role == .user ? "You" : message.model ?? message.role.rawValue
            let mark = message.state == .complete ? "" : " (\(message.state.rawValue))"
            try terminal.print(terminal.emphasized("\(speaker)\(mark)"))
            try terminal.say(message.text + "\n\n")
        }
    }

    private func show(_ found: [Conversation]) throws {
        if found.isEmpty { try terminal.print("There is no conversation yet.") }
        for (place, conversation) in found.enumerated() {
            let number = "\(place + 1)".paddedLeft(to: 3)
            let details = "\(conversation.id)  \(conversation.updatedAt.iso8601)  \(conversation.messageCount) messages"
            try terminal.print("\(number)  \(conversation.title ?? "untitled")\n     \(terminal.dimmed(details))")
        }
    }

    private static let help: String = {
        let orders = ChatOrder.allCases.map { order in
            ("/" + order.rawValue + (order.argument.map { " " + $0 } ?? ""), order.summary)
        }
        return CommandSyntax.columns(
            orders + [
                ("\"\"\"", "Begin a message of several lines; the same ends it."),
                ("Ctrl-C", "Stop the answer, keeping what was said; a second one ends."),
            ]
        )
    }()
}

extension Citation {
    /// As it stands below an answer.
    var line: String { "[\(number)] \(title)" + (source == title ? "" : "  \(source)") }
}
