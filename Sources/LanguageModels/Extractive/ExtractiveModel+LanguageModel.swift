import ContextCore

extension ExtractiveModel: LanguageModel {
    package var name: ModelName { Self.name }

    package static let name = ModelName(provider: "extractive", model: "extractive")

    /// Quotes from the request's passages what answers its last question, a sentence an event, and says that it is no model.
    ///
    /// Tools are never called: it can't choose one. Usage is unknown: no token was generated.
    package func respond(to request: ModelRequest, _ receive: (ModelEvent) async throws -> Void) async throws {
        let question = request.messages.last { $0.role == .user }?.text ?? ""
        let answer = try await answer(question, from: request.passages)
        for line in answer.text.split(separator: "\n", omittingEmptySubsequences: false) {
            try await receive(.text(line + "\n"))
        }
        try await receive(.text("\n" + Self.disclosure))
        try await receive(.finished(.stop, TokenUsage()))
    }
}
