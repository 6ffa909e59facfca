package import ContextCore
import LanguageModels
import Retrieval
import SQL

/// Answers chat requests: straight by a model, or with passages put before the last question.
package struct Chats: Sendable {
    private let conversations: Conversations
    private let meter: TokenMeter

    init(conversations: Conversations, meter: TokenMeter) {
        self.conversations = conversations
        self.meter = meter
    }

    /// - Parameter emit: takes the events in their order; while it waits, so does the model.
    /// - Throws: ``ContextError``, ``ModelFailure``, `CancellationError`, or what `emit` throws.
    package func respond(
        to chat: ChatRequest,
        _ caller: RequestContext,
        emit: (ChatEvent) async throws -> Void
    ) async throws -> ChatOutcome {
        let router = conversations.models.router(for: chat.model)
        guard let augmentation = chat.augmentation else {
            try await ask(router, chat.request, caller, emit)
            return ChatOutcome()
        }
        let (assembly, manifest) = try await assemble(chat.request, augmentation, router, caller)
        var request = chat.request
        request.messages = assembly.prompt.messages
        request.stablePrefix = assembly.prompt.stablePrefix
        request.passages = assembly.request.passages
        request.nearestTopics = assembly.request.nearestTopics
        request.question = chat.request.messages.last?.text
        request.principal = caller.principal
        if let context = TurnContext(manifest, degraded: assembly.degraded) { try await emit(.context(context)) }
        var answer = ModelAnswer(model: router.preferred.model.name)
        try await ask(router, request, caller) { event in
            switch event {
            case .began(let name): answer.model = name
            case .model(let event): answer.append(event)
            case .context, .queued: break
            }
            try await emit(event)
        }
        try await conversations.account(for: answer, to: assembly, in: manifest)
        return ChatOutcome(citations: assembly.citations(in: answer.text), manifestID: manifest.id)
    }

    private func ask(
        _ router: ModelRouter,
        _ request: ModelRequest,
        _ caller: RequestContext,
        _ emit: (ChatEvent) async throws -> Void
    ) async throws {
        try await router.respond(to: request, for: caller.principal.home.path) { event in
            switch event {
            case .queued(let position): try await emit(.queued(position: position))
            // Told nothing, the caller still learns the status if the limit does not pass.
            case .heldBack: break
            case .began(let name): try await emit(.began(name))
            case .model(let event): try await emit(.model(event))
            }
        }
    }

    private func assemble(
        _ request: ModelRequest,
        _ augmentation: ChatRequest.Augmentation,
        _ router: ModelRouter,
        _ caller: RequestContext
    ) async throws -> (PromptAssembler.Assembly, ContextManifest) {
        guard let question = request.messages.last, question.role == .user else {
            throw ContextError.invalid(
                "messages",
                "The last message has to be the user's when roost looks for passages."
            )
        }
        let limit = min(
            augmentation.maxContextTokens ?? conversations.configuration.contextTokens,
            router.promptLimit(for: request.sampling) ?? .max
        )
        var parts = PromptPlanner.Parts(
            system: request.messages.filter { $0.role == .system }.map(\.text).joined(separator: "\n\n"),
            messages: request.messages.dropLast().filter { $0.role != .system },
            question: question
        )
        parts.tools = request.tools
        let assembly = try await conversations.assembler.assemble(
            parts,
            from: try await conversations.collections(augmentation.collections, caller.principal),
            passages: augmentation.passages ?? conversations.configuration.passages,
            within: limit,
            answeredBy: router,
            for: caller.principal
        )
        let manifest = try ContextManifest(
            of: assembly,
            try PromptAccount(of: assembly, parts, request.messages),
            operation: "chat/completions",
            query: question.text,
            limit: limit,
            library: conversations.library,
            configuration: conversations.context,
            at: caller.now
        )
        try await conversations.library.database.transaction { connection in
            try await ManifestStore.save(manifest, for: caller.principal, at: caller.now, on: connection)
        }
        return (assembly, manifest)
    }

    /// Tokens of a text where the provider did not count them.
    package func estimate(_ text: String) -> Int { meter.count(text) }
}

extension PromptAccount {
    /// The account of a prompt whose history the caller holds: its messages have a place but no id.
    ///
    /// Of the messages the system's stay, and of the others the oldest go.
    fileprivate init(
        of assembly: PromptAssembler.Assembly,
        _ parts: PromptPlanner.Parts,
        _ messages: [Message]
    ) throws {
        let dropped = assembly.prompt.droppedMessages
        let spoken = messages.indices.dropLast().filter { messages[$0].role != .system }
        let missing = Set(spoken.prefix(dropped))
        self.init(
            conversationID: "",
            question: messages.count,
            summary: nil,
            tokens: assembly.prompt.ledger,
            messages: messages.indices.dropLast().map { place in
                Entry(
                    id: "",
                    number: place + 1,
                    role: messages[place].role.rawValue,
                    decision: missing.contains(place) ? .overBudget : .included
                )
            },
            nearestTopics: assembly.nearestTopics,
            predictedCachedTokens: 0,
            measure: assembly.measure,
            stable: try StablePrefix(of: assembly.prompt),
            kept: Kept(
                system: parts.system,
                history: Array(parts.messages.dropFirst(dropped)),
                question: parts.question
            )
        )
    }
}
