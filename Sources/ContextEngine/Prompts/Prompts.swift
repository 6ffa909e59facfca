package import ContextCore
import LanguageModels
package import Retrieval

/// Answers the prompts of sessions.
///
/// Nothing of a prompt outlives it: its embedding is made without a cache, and no turn is recorded.
package struct Prompts: Sendable {
    private let library: PassageLibrary
    private let configuration: PromptConfiguration
    private let answers: ExtractiveAnswers

    package init(library: PassageLibrary, configuration: PromptConfiguration = PromptConfiguration()) {
        self.library = library
        self.configuration = configuration
        answers = ExtractiveAnswers(library: library, sentences: configuration.answerSentences)
    }

    /// - Parameter emit: takes the events in their order; while it waits, so does the answer.
    /// - Throws: ``TokenLimitExceeded``, ``ContextError``, `CancellationError`, or what `emit` throws.
    package func respond(
        to request: PromptRequest,
        in vectors: SessionVectors,
        for principal: Principal,
        emit: (TurnEvent) async throws -> Void
    ) async throws {
        var budget = TokenBudget(limit: configuration.windowTokens)
        let spoken = request.conversation.map(\.text) + [request.prompt]
        let tokens = spoken.reduce(0) { $0 + library.tokens.count($1) }
        guard budget.spend(tokens) else {
            throw TokenLimitExceeded(promptTokens: tokens, windowTokens: configuration.windowTokens)
        }
        var context = try await context(for: request, in: vectors, principal)
        context.fit(&budget, count: library.tokens.count)
        try await emit(.began(promptTokens: budget.spent))
        let answer = try await answers.answer(request.prompt, from: context.quotable, isRemembered: false)
        try await deliver(answer, request, context, promptTokens: budget.spent, emit)
    }

    /// The session's vectors if the prompt asks for them, else what the knowledge base and the conversation say.
    private func context(
        for request: PromptRequest,
        in vectors: SessionVectors,
        _ principal: Principal
    ) async throws -> PromptContext {
        guard let use = request.vectors else {
            return try await knowledge(for: request, principal)
        }
        guard let vector = try await library.queryVectors(of: [request.prompt], isRemembered: false)[0] else {
            throw ContextError(
                .notConfigured,
                "useVectors needs an embedder, and none is loaded. Search with searchVectors and a vector of your own."
            )
        }
        let found = try await vectors.search(vector, count: use.count, threshold: use.threshold, filter: use.filter)
        return PromptContext(
            found.hits,
            members: configuration.textMembers,
            request.conversation,
            in: principal.home
        )
    }

    private func knowledge(for request: PromptRequest, _ principal: Principal) async throws -> PromptContext {
        let vector = try await library.queryVectors(of: [request.prompt], isRemembered: false)[0]
        let query = RetrievalQuery(
            request.prompt,
            vector: vector,
            mode: vector == nil ? .keyword : .hybrid,
            in: try await library.collections(for: principal),
            limit: configuration.passages
        )
        let hits = try await library.search(query, for: principal).hits
        return PromptContext(hits, request.conversation, in: principal.home)
    }

    private func deliver(
        _ answer: ExtractiveModel.Answer,
        _ request: PromptRequest,
        _ context: PromptContext,
        promptTokens: Int,
        _ emit: (TurnEvent) async throws -> Void
    ) async throws {
        var budget = TokenBudget(limit: request.maximumTokens ?? .max)
        var isComplete = true
        for (number, line) in answer.text.split(separator: "\n").enumerated() {
            let text = (number == 0 ? "" : "\n") + line
            let tokens = library.tokens.count(text)
            guard budget.spend(tokens) else {
                isComplete = false
                break
            }
            try Task.checkCancellation()
            try await emit(.delta(text, tokens: tokens))
        }
        try await emit(
            .ended(
                TurnEnd(
                    finishReason: isComplete ? "stop" : "length",
                    promptTokens: promptTokens,
                    completionTokens: budget.spent,
                    model: "extractive",
                    citations: answer.sources.map { context.citation(of: $0.id) },
                    omitted: context.omitted,
                    notes: [ExtractiveModel.disclosure]
                )
            )
        )
    }
}
