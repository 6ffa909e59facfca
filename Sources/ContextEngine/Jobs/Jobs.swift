package import ContextCore
import LanguageModels
import Retrieval
import SQL

/// Does jobs: a prompt with the history that its caller holds, within a window.
///
/// Nothing of a job is kept but, for one with passages, the manifest that accounts for them.
package struct Jobs: Sendable {
    private let conversations: Conversations
    private let configuration: JobConfiguration

    init(conversations: Conversations, configuration: JobConfiguration) {
        self.conversations = conversations
        self.configuration = configuration
    }

    /// - Parameter emit: takes the events in their order; while it waits, so does the model.
    /// - Returns: what the last event, `done`, tells.
    /// - Throws: ``ContextError``, ``ModelFailure``, `CancellationError`, or what `emit` throws.
    @discardableResult
    package func run(
        _ request: JobRequest,
        _ caller: RequestContext,
        emit: (JobEvent) async throws -> Void
    ) async throws -> JobResult {
        let request = try request.validated(configuration)
        let router = conversations.models.router(for: request.model)
        let limit = try promptLimit(request, router)
        let found = try await find(request, caller)
        let assembly = try await conversations.assembler.assemble(
            Message(.user, request.prompt),
            after: request.history,
            through: configuration.history,
            found,
            within: limit,
            answeredBy: router
        )
        let selection = assembly.selection
        let manifest = try await manifest(of: assembly, request, limit, caller)
        var modelRequest = assembly.request
        modelRequest.sampling = request.sampling
        modelRequest.question = request.prompt
        modelRequest.principal = caller.principal
        let answer = try await ask(modelRequest, router, caller, emit)
        try await conversations.account(for: answer, to: assembly, in: manifest)
        let ledger = assembly.prompt.ledger
        let result = JobResult(
            text: answer.text,
            finishReason: (answer.finish ?? .other("unknown")).openAIName,
            model: answer.model,
            contextTokens: ledger.total - ledger[.question],
            promptTokens: answer.usage.input ?? ledger.total,
            completionTokens: answer.usage.output ?? assembly.meter.count(answer.text),
            usage: answer.usage,
            messagesUsed: selection.messages.count,
            messagesDropped: selection.dropped,
            messagesShortened: selection.shortened,
            citations: manifest.map { _ in assembly.citations(in: answer.text) },
            manifestID: manifest?.id
        )
        try await emit(.done(result))
        return result
    }

    /// Tokens that the prompt with its history may have.
    ///
    /// - Throws: ``ContextError`` (context length exceeded), with both numbers, when the prompt alone has no room.
    private func promptLimit(_ request: JobRequest, _ router: ModelRouter) throws -> Int {
        let meter = conversations.assembler.meters.meter(for: router)
        let window = request.windowTokens ?? configuration.windowTokens
        let prompt = meter.count(Message(.user, request.prompt))
        let answer = request.sampling.maxTokens ?? 0
        guard answer < window, prompt <= window - answer else {
            let reserved = answer > 0 ? " and max_tokens is \(answer)" : ""
            throw ContextError(
                .contextLengthExceeded,
                "The prompt has \(prompt) tokens\(reserved); together they may have \(window). Shorten one of them.",
                parameter: answer >= window ? "max_tokens" : "prompt"
            )
        }
        return min(window - answer, router.promptLimit(for: request.sampling) ?? .max)
    }

    private func find(_ request: JobRequest, _ caller: RequestContext) async throws -> PromptAssembler.Findings {
        guard let retrieval = request.retrieval else { return .nothing }
        return try await conversations.assembler.find(
            request.prompt,
            in: try await conversations.collections(retrieval.collections, caller.principal),
            limit: retrieval.count ?? configuration.passages,
            threshold: retrieval.threshold,
            for: caller.principal
        )
    }

    private func ask(
        _ request: ModelRequest,
        _ router: ModelRouter,
        _ caller: RequestContext,
        _ emit: (JobEvent) async throws -> Void
    ) async throws -> ModelAnswer {
        var answer = ModelAnswer(model: router.preferred.model.name)
        try await router.respond(to: request, for: caller.principal.home.path) { event in
            switch event {
            case .queued(let position): try await emit(.queued(position: position))
            case .heldBack: break
            case .began(let name): answer.model = name
            case .model(let event):
                answer.append(event)
                guard case .text(let text) = event else { return }
                try await emit(.delta(text, tokens: conversations.library.tokens.count(text)))
            }
        }
        return answer
    }

    /// The account of what was put before the prompt, made durable before a model is asked.
    private func manifest(
        of assembly: PromptAssembler.Assembly,
        _ request: JobRequest,
        _ limit: Int,
        _ caller: RequestContext
    ) async throws -> ContextManifest? {
        guard request.retrieval != nil else { return nil }
        let manifest = try ContextManifest(
            of: assembly,
            try PromptAccount(of: assembly, request),
            operation: "jobs",
            query: request.prompt,
            limit: limit,
            library: conversations.library,
            configuration: conversations.context,
            at: caller.now
        )
        try await conversations.library.database.transaction { connection in
            try await ManifestStore.save(manifest, for: caller.principal, at: caller.now, on: connection)
        }
        return manifest
    }
}

extension PromptAssembler.Findings {
    /// Of a question for which nobody looked.
    static let nothing = Self(candidates: [], packable: [], collections: [], degraded: [], nearestTopics: nil)
}

extension PromptAccount {
    /// The messages of a history that the caller holds have places and no ids.
    fileprivate init(of assembly: PromptAssembler.Assembly, _ request: JobRequest) throws {
        let history = request.history
        let taken = Set(assembly.selection.places)
        self.init(
            conversationID: "",
            question: history.count + 1,
            summary: nil,
            tokens: assembly.prompt.ledger,
            messages: history.indices.map { place in
                Entry(
                    id: "",
                    number: place + 1,
                    role: history[place].role.rawValue,
                    decision: taken.contains(place) ? .included : .overBudget
                )
            },
            nearestTopics: assembly.nearestTopics,
            predictedCachedTokens: 0,
            measure: assembly.measure,
            stable: try StablePrefix(of: assembly.prompt),
            kept: Kept(
                system: "",
                history: assembly.selection.messages,
                question: Message(.user, request.prompt)
            )
        )
    }
}
