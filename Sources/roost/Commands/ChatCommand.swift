import ContextEngine
import LanguageModels
import Runtime

struct ChatCommand: Command {
    static let syntax = CommandSyntax(
        name: "chat",
        summary: "Talk with the model over what is kept; a message a line.",
        options: [
            .value("conversation", "ID", "Go on with this conversation."),
            .value("model", "NAME", "Who answers (default: llm.model); /model changes it in between."),
            .value("collection", "NAME", "Only from this collection (default: all)."),
        ]
    )

    private let conversation: String?
    private let model: String?
    private let collection: String?

    init(_ arguments: ParsedArguments) {
        conversation = arguments.values["conversation"]
        model = arguments.values["model"]
        collection = arguments.values["collection"]
    }

    func run(_ invocation: Invocation) async throws {
        let input = try LineInput()
        try await withRoost(invocation.configuration, log: invocation.log) { roost in
            roost.degraded.forEach { invocation.terminal.note("Note: \($0)") }
            let view = view(invocation, isDegraded: !roost.degraded.isEmpty)
            let session = try await ChatSession(
                roost,
                collection: collection,
                model: model,
                conversation: conversation
            )
            view.remark(
                "Roost \(Product.version), \(session.modelName). /help shows what else can be said, Ctrl-D ends."
            )
            if let conversation = session.conversation { try view.show(.conversation(conversation)) }
            let chat = Chat(view, input, stop: invocation.stop)
            try await roost.withServices(services(roost, invocation)) {
                guard view.hasPerson else { return try await chat.run(session) }
                try await invocation.interrupts.taken(by: { chat.interrupt() }) { try await chat.run(session) }
            }
        }
    }

    private func view(_ invocation: Invocation, isDegraded: Bool) -> any ChatView {
        invocation.wantsJSON
            ? JSONChatView(invocation) : TextChatView(invocation.terminal, isDegradationTold: isDegraded)
    }

    /// Summaries are renewed by the server while there is one.
    private func services(_ roost: Roost, _ invocation: Invocation) -> [any Service] {
        guard ServerLock.holder(in: invocation.configuration.dataDirectory) == nil else { return [] }
        return [
            ConversationSummaries(
                conversations: roost.engine.conversations,
                summarizer: roost.engine.summarizer,
                now: { .now },
                log: invocation.log
            )
        ]
    }
}
