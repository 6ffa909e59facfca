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
        var answer = try await answer(question, from: request.passages, for: request.principal)
        if answer.nearestTopics.isEmpty { answer.nearestTopics = request.nearestTopics }
        var budget = TokenBudget(limit: request.sampling.maxTokens ?? .max)
        for line in lines(of: answer, in: request.passages) {
            guard budget.spend(TokenEstimator().count(line)) else {
                return try await receive(.finished(.length, TokenUsage()))
            }
            try await receive(.text(line))
        }
        try await receive(.finished(.stop, TokenUsage()))
    }

    /// The last piece of every answer, which says that nobody generated it.
    package static let closing = "\n" + disclosure

    private func lines(of answer: Answer, in passages: [Passage]) -> [String] {
        let quotes = answer.evidence.map { evidence in
            let source = answer.sources[evidence.citation - 1].id
            let place = passages.firstIndex { $0.id == source } ?? 0
            return "\(evidence.sentence) [\(place + 1)]\n"
        }
        return (quotes.isEmpty ? [answer.text + "\n"] : quotes) + [Self.closing]
    }
}
