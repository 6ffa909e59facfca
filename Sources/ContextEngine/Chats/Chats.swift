package import ContextCore
import LanguageModels
import Retrieval
import SQL

/// Answers chat requests: straight by a model, or with passages put before the last question.
package struct Chats: Sendable {
    private let conversations: Conversations
    private let estimator: TokenEstimator

    init(conversations: Conversations, estimator: TokenEstimator) {
        self.conversations = conversations
        self.estimator = estimator
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
        let (assembly, manifest) = try await assemble(chat.request, augmentation, caller)
        var request = chat.request
        request.messages = assembly.prompt.messages
        request.stablePrefix = assembly.prompt.stablePrefix
        request.passages = assembly.request.passages
        request.nearestTopics = assembly.request.nearestTopics
        request.question = chat.request.messages.last?.text
        request.principal = caller.principal
        if let context = TurnContext(manifest, degraded: assembly.degraded) { try await emit(.context(context)) }
        var text = ""
        try await ask(router, request, caller) { event in
            if case .model(.text(let piece)) = event { text += piece }
            try await emit(event)
        }
        return ChatOutcome(citations: assembly.citations(in: text), manifestID: manifest.id)
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
            case .began(let name): try await emit(.began(name))
            case .model(let event): try await emit(.model(event))
            }
        }
    }

    private func assemble(
        _ request: ModelRequest,
        _ augmentation: ChatRequest.Augmentation,
        _ caller: RequestContext
    ) async throws -> (PromptAssembler.Assembly, ContextManifest) {
        guard let question = request.messages.last, question.role == .user else {
            throw ContextError.invalid(
                "messages",
                "The last message has to be the user's when roost looks for passages."
            )
        }
        let limit = augmentation.maxContextTokens ?? conversations.configuration.contextTokens
        let assembly = try await conversations.assembler.assemble(
            PromptPlanner.Parts(
                system: request.messages.filter { $0.role == .system }.map(\.text).joined(separator: "\n\n"),
                messages: request.messages.dropLast().filter { $0.role != .system },
                question: question
            ),
            from: try await conversations.collections(augmentation.collections, caller.principal),
            passages: augmentation.passages ?? conversations.configuration.passages,
            within: limit,
            for: caller.principal
        )
        let manifest = try ContextManifest(
            of: assembly,
            PromptAccount(of: assembly, without: request.messages.count),
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
    package func estimate(_ text: String) -> Int { estimator.count(text) }
}

extension PromptAccount {
    /// The account of a prompt whose history the caller holds: its messages have a place but no id.
    fileprivate init(of assembly: PromptAssembler.Assembly, without total: Int) {
        let dropped = assembly.prompt.droppedMessages
        self.init(
            conversationID: "",
            question: total,
            summary: nil,
            tokens: assembly.prompt.ledger,
            messages: (0..<dropped).map { Entry(id: "", number: $0 + 1, role: "", decision: .overBudget) },
            nearestTopics: assembly.nearestTopics,
            predictedCachedTokens: 0
        )
    }
}
