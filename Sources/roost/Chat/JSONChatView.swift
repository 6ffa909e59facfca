import ContextAPI
import ContextCore
import ContextEngine
import LanguageModels

/// A chat for programs: an object a line, `{"event","data"}`, as the server-sent events of `POST …/messages` have them.
struct JSONChatView: ChatView {
    private let invocation: Invocation

    init(_ invocation: Invocation) {
        self.invocation = invocation
    }

    var hasPerson: Bool { false }
    func prompt(isWithinMessage: Bool) {}
    func remark(_ sentence: String) {}

    func show(_ news: ChatNews) throws {
        switch news {
        case .conversation(let conversation): try show("conversation", conversation.map(ConversationReport.init))
        case .began(let conversation): try show("conversation", ConversationReport(conversation))
        case .model(let name, _): try show("model", ["model": name.description])
        case .models(let names): try show("models", names.map(\.description))
        case .context(let account): try show("manifest", account?.manifest)
        case .history(let messages): try show("history", messages.map(MessageReport.init))
        case .conversations(let found): try show("conversations", found.map(ConversationReport.init))
        case .system(let prompt): try show("system", ["system_prompt": prompt])
        case .help: try show("help", Dictionary(ChatOrder.allCases.map { ($0.rawValue, $0.summary) }) { $1 })
        case .event(.context(let context)): try show("context", context)
        case .event(.queued(let position)): try show("queued", ["position": position])
        case .event(.began): break
        case .event(.delta(let text)): try show("delta", ["content": text])
        case .event(.done(let turn)): try show("done", TurnReport(turn))
        case .stopped: try show("stopped", [String: String]())
        case .failed(let error): try show("error", ErrorBody(error))
        }
    }

    private struct Line<Body: Encodable>: Encodable {
        let event: String
        let data: Body
    }

    private func show(_ event: String, _ data: some Encodable) throws {
        try invocation.print(json: Line(event: event, data: data))
    }
}
