import ContextCore

extension ExtractiveModel: LanguageModel {
    package var name: ModelName { Self.name }

    package static let name = ModelName(provider: "extractive", model: "extractive")

    /// Quotes from the request's passages what answers its last question, a sentence an event, and says that it is no model.
    ///
    /// A citation is the passage's place in the request, counted from 1. Tools are never called: it can't choose one. Usage
    /// is unknown: no token was generated.
    package func respond(to request: ModelRequest, _ receive: (ModelEvent) async throws -> Void) async throws {
        let question = request.question ?? request.messages.last { $0.role == .user }?.text ?? ""
        let answer = try await answer(question, from: request.passages)
        if answer.evidence.isEmpty { try await receive(.text(answer.text + "\n")) }
        for evidence in answer.evidence {
            let source = answer.sources[evidence.citation - 1].id
            let place = request.passages.firstIndex { $0.id == source } ?? 0
            try await receive(.text("\(evidence.sentence) [\(place + 1)]\n"))
        }
        try await receive(.text("\n" + Self.disclosure))
        try await receive(.finished(.stop, TokenUsage()))
    }
}
