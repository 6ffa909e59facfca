package import ContextCore
import LanguageModels
package import Retrieval

/// Answers the prompts of sessions.
///
/// Nothing of a prompt outlives it: its embedding is made without a cache, and no turn is recorded.
package struct Prompts: Sendable {
    private let library: PassageLibrary
    private let configuration: PromptConfiguration
    private let models: ModelCatalog
    private let meters: PromptMeters

    init(
        library: PassageLibrary,
        models: ModelCatalog,
        meters: PromptMeters,
        configuration: PromptConfiguration
    ) {
        self.library = library
        self.models = models
        self.meters = meters
        self.configuration = configuration
    }

    /// - Parameter emit: takes the events in their order; while it waits, so does the answer.
    /// - Throws: ``TokenLimitExceeded``, ``ContextError``, ``ModelFailure``, `CancellationError`, or what `emit` throws.
    package func respond(
        to request: PromptRequest,
        in vectors: SessionVectors,
        for principal: Principal,
        emit: (TurnEvent) async throws -> Void
    ) async throws {
        let meter = meters.meter(for: models.standard)
        let room = models.standard.promptLimit(for: Sampling(maxTokens: request.maximumTokens))
        let window = min(configuration.windowTokens, room ?? .max)
        var budget = TokenBudget(limit: window)
        let tokens = PromptContext.messages(for: request).reduce(0) { $0 + meter.count($1) }
        guard budget.spend(tokens) else {
            throw TokenLimitExceeded(promptTokens: tokens, windowTokens: window)
        }
        var context = try await context(for: request, in: vectors, principal)
        context.fit(&budget, meter)
        try await emit(.began(promptTokens: budget.spent))
        try await ask(request, context, promptTokens: budget.spent, for: principal, emit)
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
        guard let vector = try await library.localVectors(of: [request.prompt], isRemembered: false)[0] else {
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
        var query = RetrievalQuery(
            request.prompt,
            in: try await library.collections(for: principal),
            limit: configuration.passages
        )
        query.isRemembered = false
        let hits = try await library.search(query, for: principal).hits
        return PromptContext(hits, request.conversation, in: principal.home)
    }

    private func ask(
        _ request: PromptRequest,
        _ context: PromptContext,
        promptTokens: Int,
        for principal: Principal,
        _ emit: (TurnEvent) async throws -> Void
    ) async throws {
        var answer = ModelAnswer(model: models.standard.preferred.model.name)
        var written = 0
        try await models.standard.respond(
            to: context.modelRequest(for: request, principal),
            for: principal.home.path
        ) { event in
            switch event {
            case .queued, .heldBack: break
            case .began(let name): answer.model = name
            case .model(let event):
                answer.append(event)
                guard case .text(let text) = event else { return }
                let tokens = meters.tokenizer.count(text)
                written += tokens
                try await emit(.delta(text, tokens: tokens))
            }
        }
        try await emit(
            .ended(
                TurnEnd(
                    finishReason: (answer.finish ?? .stop).openAIName,
                    promptTokens: answer.usage.input ?? promptTokens,
                    completionTokens: answer.usage.output ?? written,
                    model: answer.model.description,
                    citations: context.citations(in: answer.text),
                    omitted: context.omitted,
                    notes: answer.model == ExtractiveModel.name ? [ExtractiveModel.disclosure] : []
                )
            )
        )
    }
}
