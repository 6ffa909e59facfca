package import ContextCore
import LanguageModels
import Retrieval
import Runtime
import SQL

/// The turn:
///
///     validate → wait for the turn before → assemble → record the question → ask → record the answer → done
///
/// The question and its manifest are durable before a model is asked, the answer before `done` is told. Whatever
/// happens in between, what was said is kept and marked.
extension Conversations {
    /// Answers a message; two messages to one conversation are answered one after the other.
    ///
    /// - Parameter emit: takes the events in their order; while it waits, so does the model.
    /// - Returns: the turn that the last event, `done`, tells of.
    /// - Throws: ``ContextError``, `CancellationError`, or what `emit` throws.
    @discardableResult
    package func send(
        _ request: MessageRequest,
        to id: String,
        explain: Bool = false,
        _ caller: RequestContext,
        emit: (ConversationEvent) async throws -> Void
    ) async throws -> Turn {
        let request = try request.validated(configuration)
        _ = try await conversation(id, caller)
        return try await gate.withKey(id) {
            let turn: Turn
            switch try await begin(request, in: id, caller) {
            case .answered(let answer): turn = try await repeatTurn(answer, explain: explain, caller, emit)
            case .open(var open):
                if let context = open.context { try await emit(.context(context)) }
                try await answer(&open, request, emit)
                turn = open.finished(explain: explain)
            }
            try await emit(.done(turn))
            return turn
        }
    }

    private enum Beginning {
        /// The question is durable, and a model is to be asked.
        case open(OpenTurn)

        /// The same message was answered before.
        case answered(ConversationMessage)
    }

    /// Another process may take the place of the question in the meantime: then the prompt is assembled once more, with
    /// what that one has added.
    private func begin(_ request: MessageRequest, in id: String, _ caller: RequestContext) async throws -> Beginning {
        while true {
            let conversation = try await conversation(id, caller)
            let earlier = try await earlierTurn(of: conversation, request)
            if let answer = earlier?.answer, answer.state == .complete { return .answered(answer) }
            let turn = try await open(request, in: conversation, again: earlier, caller)
            if try await record(turn, request) { return .open(turn) }
        }
    }

    /// The turn that the same key began.
    ///
    /// - Throws: ``ContextError`` (conflict) when the key stands for another message.
    private func earlierTurn(
        of conversation: Conversation,
        _ request: MessageRequest
    ) async throws -> (question: ConversationMessage, answer: ConversationMessage?)? {
        guard let key = request.idempotencyKey else { return nil }
        let found = try await library.database.read {
            try await ConversationStore.turn(of: conversation.id, key: key, on: $0)
        }
        guard let found else { return nil }
        guard found.question.text == request.content else {
            throw ContextError(
                .conflict,
                "The Idempotency-Key “\(key.clipped(to: 40))” was used for another message; use a new key.",
                parameter: "Idempotency-Key"
            )
        }
        // Later messages rest upon a failed turn already: it can't be answered anew in their midst.
        let answered = found.answer?.number ?? found.question.number + 1
        guard conversation.messageCount <= answered || found.answer?.state == .complete else {
            throw ContextError(.conflict, "The conversation went on after this message failed; send it with a new key.")
        }
        return found
    }

    private func repeatTurn(
        _ answer: ConversationMessage,
        explain: Bool,
        _ caller: RequestContext,
        _ emit: (ConversationEvent) async throws -> Void
    ) async throws -> Turn {
        let manifest = try await storedManifest(answer)
        let context = manifest.flatMap { TurnContext($0) }
        if let context { try await emit(.context(context)) }
        if let model = answer.model { try await emit(.began(model: model)) }
        try await emit(.delta(answer.text))
        let included = manifest?.candidates.filter(\.included) ?? []
        let passages = try await library.passages(keys: included.map(\.key), for: caller.principal)
        let byKey = Dictionary(passages.map { ($0.key, $0) }) { $1 }
        let citations = Citation.cited(in: answer.text, of: included.map { (byKey[$0.key], $0.score) })
        return Turn(
            answer: answer,
            context: context,
            citations: citations,
            manifest: explain ? manifest : nil,
            isRepetition: true
        )
    }

    /// Belongs to the conversation, which the caller may read.
    private func storedManifest(_ message: ConversationMessage?) async throws -> ContextManifest? {
        guard let id = message?.manifestID else { return nil }
        return try await library.database.read { try await ManifestStore.manifest(ofMessageWith: id, on: $0) }
    }

    private func open(
        _ request: MessageRequest,
        in conversation: Conversation,
        again earlier: (question: ConversationMessage, answer: ConversationMessage?)?,
        _ caller: RequestContext
    ) async throws -> OpenTurn {
        let number = earlier?.question.number ?? conversation.messageCount + 1
        let covered = conversation.summary?.coversThrough ?? 0
        let history = try await library.database.read {
            try await ConversationStore.messages(of: conversation.id, on: $0)
        }.filter { $0.number < number }
        let recent = history.filter { $0.number > covered && $0.isSaid }
        let parts = PromptPlanner.Parts(
            system: conversation.instructions,
            summary: conversation.summary?.text,
            messages: recent.map(\.message),
            question: Message(.user, request.content)
        )
        let router = models.router(for: request.model)
        let limit = promptLimit(request, router)
        let assembly = try await assembler.assemble(
            parts,
            from: try await collections(request.collections ?? conversation.collections, caller.principal),
            passages: configuration.passages,
            within: limit,
            answeredBy: router,
            for: caller.principal
        )
        var question = ConversationMessage(
            id: earlier?.question.id ?? Identifier.random("m_"),
            number: number,
            role: .user,
            text: request.content,
            createdAt: caller.now,
            state: .complete
        )
        let manifest = try await manifest(of: assembly, in: conversation, question, history, limit, caller)
        question.manifestID = manifest.id
        return OpenTurn(
            conversation: conversation,
            question: question,
            assembly: assembly,
            manifest: manifest,
            caller: caller
        )
    }

    /// What was asked for, as far as the model's window has room for it beside an answer.
    func promptLimit(_ request: MessageRequest, _ router: ModelRouter) -> Int {
        min(
            request.maxContextTokens ?? configuration.contextTokens,
            router.promptLimit(for: request.sampling) ?? .max
        )
    }

    private func manifest(
        of assembly: PromptAssembler.Assembly,
        in conversation: Conversation,
        _ question: ConversationMessage,
        _ history: [ConversationMessage],
        _ limit: Int,
        _ caller: RequestContext
    ) async throws -> ContextManifest {
        let previous = try await storedManifest(history.last { $0.manifestID != nil })
        let account = try PromptAccount(
            of: assembly,
            in: conversation,
            question: question.number,
            history: history,
            previous: previous?.prompt
        )
        return try ContextManifest(
            of: assembly,
            account,
            operation: "conversations/messages",
            query: question.text,
            limit: limit,
            library: library,
            configuration: context,
            at: caller.now
        )
    }

    /// Makes the question durable, with the account of what the model will be given, and keeps a place for the answer.
    ///
    /// - Returns: whether the question's place was still free.
    private func record(_ turn: OpenTurn, _ request: MessageRequest) async throws -> Bool {
        let (conversation, question, manifest, caller) = (turn.conversation, turn.question, turn.manifest, turn.caller)
        return try await library.database.transaction { connection in
            // Deleted while this message waited for its turn.
            guard let stored = try await ConversationStore.conversation(conversation.id, on: connection) else {
                throw ContextError.unknown("conversation", conversation.id)
            }
            guard stored.messageCount == conversation.messageCount else { return false }
            if let key = request.idempotencyKey, question.number <= conversation.messageCount {
                let earlier = try await ConversationStore.turn(of: conversation.id, key: key, on: connection)
                guard earlier?.answer?.state != .complete else { return false }
                try await ManifestStore.deleteManifests(
                    ofConversation: conversation.id,
                    from: question.number,
                    on: connection
                )
            }
            try await ConversationStore.save(
                question,
                in: conversation.id,
                key: request.idempotencyKey,
                reserving: 1,
                on: connection
            )
            try await ManifestStore.save(manifest, for: caller.principal, at: caller.now, on: connection)
            return true
        }
    }

    /// Asks the model, passes on what it says, and keeps that however it ends.
    private func answer(
        _ turn: inout OpenTurn,
        _ request: MessageRequest,
        _ emit: (ConversationEvent) async throws -> Void
    ) async throws {
        var modelRequest = turn.assembly.request
        modelRequest.sampling = request.sampling
        modelRequest.question = request.content
        modelRequest.principal = turn.caller.principal
        do {
            let router = models.router(for: request.model)
            try await router.respond(to: modelRequest, for: turn.conversation.scope.path) { event in
                switch event {
                case .queued(let position): try await emit(.queued(position: position))
                case .heldBack: try await emit(.queued(position: 1))
                case .began(let name):
                    turn.answer.model = name
                    try await emit(.began(model: name.description))
                case .model(let event):
                    turn.answer.append(event)
                    if case .text(let text) = event { try await emit(.delta(text)) }
                }
            }
        } catch {
            _ = try await keep(turn, error is ModelFailure ? .failed : .interrupted)
            if let failure = error as? ModelFailure { throw ContextError(failure) }
            throw error
        }
        guard try await keep(turn, .complete) else { throw Self.answeredElsewhere }
        assembler.meters.learn(from: turn.answer, to: turn.assembly)
    }

    private static let answeredElsewhere = ContextError(
        .conflict,
        "Another server has answered the message with this Idempotency-Key meanwhile; send it again to get that answer."
    )

    /// Records the answer, also when nobody waits for it any more.
    ///
    /// - Returns: `false` when another process, which was sent the same message with the same key, has its answer there.
    private func keep(_ turn: OpenTurn, _ state: ConversationMessage.State) async throws -> Bool {
        let (answer, manifest, id) = (turn.message(state), turn.accounted, turn.conversation.id)
        let database = library.database
        let isKept = try await shielded {
            try await database.transaction { connection in
                guard try await ConversationStore.conversation(id, on: connection) != nil else { return true }
                guard try await ConversationStore.save(answer, in: id, on: connection) else { return false }
                try await ManifestStore.update(manifest, on: connection)
                return true
            }
        }
        if answer.number - (turn.conversation.summary?.coversThrough ?? 0) >= configuration.summaryAt {
            summaries.ring()
        }
        return isKept
    }
}
