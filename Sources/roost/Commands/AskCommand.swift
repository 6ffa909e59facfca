import ContextCore
import ContextEngine
import LanguageModels

struct AskCommand: Command {
    static let syntax = CommandSyntax(
        name: "ask",
        summary: "Answer a question from what is kept, with citations.",
        operand: .init(name: "QUESTION", summary: "What to answer.", count: 1...256),
        options: [
            .value("collection", "NAME", "Only from this collection (default: all)."),
            .value("model", "NAME", "Who answers (default: llm.model)."),
        ]
    )

    private let question: String
    private let collection: String?
    private let model: String?

    /// Passages that are looked at: more than a conversation does, since no history takes their room.
    private static let passages = 12

    init(_ arguments: ParsedArguments) throws(UsageError) {
        question = arguments.operands.joined(separator: " ")
        collection = arguments.values["collection"]
        model = arguments.values["model"]
        guard question.contains(where: { !$0.isWhitespace }) else { throw UsageError("the question is blank.") }
    }

    func run(_ invocation: Invocation) async throws {
        let terminal = invocation.terminal
        try await withRoost(existing: true, invocation.configuration, log: invocation.log) { roost in
            if let collection { _ = try await roost.collections(named: collection) }
            roost.degraded.forEach { terminal.note("Note: \($0)") }
            if let model, !roost.engine.models.hasModel, !ExtractiveModel.name.isMeant(by: model) {
                terminal.note("Note: no provider is configured that could have a model “\(model)”; set llm.provider.")
            }
            let printer =
                invocation.wantsJSON ? nil : AnswerPrinter(terminal, isDegradationTold: !roost.degraded.isEmpty)
            let answer = try await respond(roost, printer)
            if let printer { try printer.finish(answer) } else { try invocation.print(json: AnswerReport(answer)) }
        }
    }

    private func respond(_ roost: Roost, _ printer: AnswerPrinter?) async throws -> QuestionAnswer {
        let chat = ChatRequest.question(
            question,
            model: model,
            .init(collections: collection.map { [$0] }, passages: Self.passages)
        )
        var answer = QuestionAnswer()
        do {
            let outcome = try await roost.withServices {
                try await roost.engine.chats.respond(to: chat, roost.caller("ask")) { event in
                    answer.append(event)
                    try printer?.show(event)
                }
            }
            answer.outcome = outcome
            return answer
        } catch {
            try printer?.interrupt()
            throw (error as? ModelFailure).map { ContextError($0) } ?? error
        }
    }
}

/// An answer to a single question, gathered from its events.
struct QuestionAnswer {
    private(set) var answer = ModelAnswer(model: ModelName(provider: "", model: ""))
    private(set) var context: TurnContext?
    var outcome = ChatOutcome()

    mutating func append(_ event: ChatEvent) {
        switch event {
        case .context(let context): self.context = context
        case .queued: break
        case .began(let name): answer.model = name
        case .model(let event): answer.append(event)
        }
    }

    /// Whether it was quoted: then its last line says so.
    var isExtractive: Bool { answer.model == ExtractiveModel.name }
}
