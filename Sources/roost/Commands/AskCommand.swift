import ContextCore
import LanguageModels
import Retrieval

struct AskCommand: Command {
    static let syntax = CommandSyntax(
        name: "ask",
        summary: "Answer a question from what is kept, with citations.",
        operand: .init(name: "QUESTION", summary: "What to answer.", count: 1...256),
        options: [.value("collection", "NAME", "Only from this collection (default: all).")]
    )

    private let question: String
    private let collection: String?

    /// Passages whose sentences are read.
    private static let passages = 12

    init(_ arguments: ParsedArguments) {
        question = arguments.operands.joined(separator: " ")
        collection = arguments.values["collection"]
    }

    func run(_ invocation: Invocation) async throws {
        let answer = try await withRoost(existing: true, invocation.configuration, log: invocation.log) { roost in
            roost.degraded.forEach { invocation.terminal.note("Note: \($0)") }
            return try await respond(roost)
        }
        if invocation.wantsJSON { return try invocation.print(json: AnswerReport(answer)) }
        let terminal = invocation.terminal
        try terminal.print(answer.text)
        if !answer.sources.isEmpty { try terminal.print("") }
        for (place, source) in answer.sources.enumerated() {
            let origin = source.source == source.title ? "" : "  \(source.source)"
            try terminal.print(terminal.dimmed("[\(place + 1)] \(source.title)\(origin)"))
        }
        try terminal.print(terminal.dimmed("\n\(ExtractiveModel.disclosure)"))
    }

    private func respond(_ roost: Roost) async throws -> ExtractiveModel.Answer {
        let collections = try await roost.collections(named: collection)
        let query = RetrievalQuery(question, in: collections, limit: Self.passages)
        let passages = try await roost.library.search(query, for: roost.principal).hits.map(\.passage)
        return try await roost.extractive.answer(question, from: passages, for: roost.principal)
    }
}

private struct AnswerReport: Encodable {
    struct Citation: Encodable {
        let number: Int
        let id: String
        let title: String
        let source: String
    }

    let answer: String
    let citations: [Citation]
    let model = "extractive"
    let note = ExtractiveModel.disclosure

    init(_ answer: ExtractiveModel.Answer) {
        self.answer = answer.text
        citations = answer.sources.enumerated().map {
            Citation(number: $0 + 1, id: $1.id, title: $1.title, source: $1.source)
        }
    }
}
