import ContextCore
import ContextEngine
import FoundationEssentials
import HTTP
import LanguageModels

/// OpenAI's chat completions over the same engine as everything else.
extension ContextAPI {
    func completeChat(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        let body = try request.decode(ChatCompletionBody.self)
        if let id = body.value.roost?.conversationID {
            return try await continueConversation(id, body, key: request.headers["Idempotency-Key"], caller)
        }
        let chat = ChatRequest(
            model: body.value.model,
            request: try body.value.modelRequest,
            augmentation: body.value.augmentation
        )
        return body.value.stream ?? false
            ? streamChat(chat, body.value, caller).naming(body.ignored)
            : try await answerChat(chat, ignored: body.ignored, caller)
    }

    private func answerChat(
        _ chat: ChatRequest,
        ignored: [String],
        _ caller: RequestContext
    ) async throws -> HTTPResponse {
        var answer = ModelAnswer(model: ModelName(provider: "", model: ""))
        let outcome = try await engine.chats.respond(to: chat, caller) { event in
            switch event {
            case .began(let name): answer.model = name
            case .model(let event): answer.append(event)
            case .context, .queued: break
            }
        }
        return .json(try completion(answer, chat, outcome, caller).json).naming(ignored)
    }

    private func completion(
        _ answer: ModelAnswer,
        _ chat: ChatRequest,
        _ outcome: ChatOutcome,
        _ caller: RequestContext
    ) -> ChatCompletion {
        ChatCompletion(
            id: Identifier.random("chatcmpl-"),
            created: caller.now.milliseconds / 1_000,
            model: answer.model.description,
            message: OpenAIMessage(answer.message),
            finishReason: (answer.finish ?? .other("unknown")).openAIName,
            usage: usage(of: answer, chat),
            roost: outcome.manifestID.map { ChatExtension(manifestID: $0, citations: outcome.citations) }
        )
    }

    private func usage(of answer: ModelAnswer, _ chat: ChatRequest) -> ChatUsage {
        ChatUsage(
            answer.usage,
            prompt: { chat.request.messages.reduce(0) { $0 + engine.chats.estimate($1.text) } },
            answer: { engine.chats.estimate(answer.text) }
        )
    }

    private func streamChat(
        _ chat: ChatRequest,
        _ body: ChatCompletionBody,
        _ caller: RequestContext
    ) -> HTTPResponse {
        // OpenAI's clients look for errors in events without a name.
        eventStream(caller, errorName: nil) { writer in
            var answer = ModelAnswer(model: ModelName(provider: "", model: ""))
            var chunks: ChatChunks?
            let outcome = try await engine.chats.respond(to: chat, caller) { event in
                switch event {
                case .context: break
                case .queued(let position): try await writer.comment("queued, position \(position)")
                case .began(let name):
                    answer.model = name
                    let begun = self.chunks(by: name.description, caller)
                    chunks = begun
                    try await writer.send(ServerSentEvent(data: begun.beginning))
                case .model(let event):
                    answer.append(event)
                    guard let chunks else { return }
                    try await writer.send(ServerSentEvent(data: chunks.data(of: event, answer)))
                }
            }
            let roost = outcome.manifestID.map { ChatExtension(manifestID: $0, citations: outcome.citations) }
            let wanted = body.streamOptions?.includeUsage ?? false
            if let chunks, wanted || roost != nil {
                let usage = wanted ? usage(of: answer, chat) : nil
                try await writer.send(ServerSentEvent(data: try chunks.closing(usage, roost)))
            }
            try await writer.send(ServerSentEvent(data: "[DONE]"))
        }
    }

    private func chunks(by model: String, _ caller: RequestContext) -> ChatChunks {
        ChatChunks(id: Identifier.random("chatcmpl-"), created: caller.now.milliseconds / 1_000, model: model)
    }

    /// With a conversation the server holds the history: the request's last message is what is new.
    ///
    /// Conversations have no tools; that a request brings some is told as of members without a meaning.
    private func continueConversation(
        _ id: String,
        _ body: RequestBody<ChatCompletionBody>,
        key: String?,
        _ caller: RequestContext
    ) async throws -> HTTPResponse {
        let asked = try body.value.modelRequest
        guard let message = asked.messages.last, message.role == .user else {
            throw ContextError.invalid("messages", "The last message has to be the user's to continue a conversation.")
        }
        var request = MessageRequest(
            content: message.text,
            maxContextTokens: body.value.roost?.maxContextTokens?.value,
            collections: body.value.roost?.collections,
            model: body.value.model,
            idempotencyKey: key
        )
        request.sampling = asked.sampling
        var ignored = body.ignored
        if !asked.tools.isEmpty { ignored.append("tools") }
        if asked.toolChoice != nil { ignored.append("tool_choice") }
        if body.value.stream ?? false { return streamConversation(request, id, body.value, caller).naming(ignored) }
        let turn = try await engine.conversations.send(request, to: id, caller) { _ in }
        let completion = ChatCompletion(
            id: "chatcmpl-\(turn.answer.id)",
            created: caller.now.milliseconds / 1_000,
            model: turn.answer.model ?? "",
            message: OpenAIMessage(turn.answer.message),
            finishReason: turn.answer.finishReason ?? FinishReason.stop.openAIName,
            usage: usage(of: turn),
            roost: ChatExtension(turn, of: id)
        )
        return .json(try completion.json).naming(ignored)
    }

    private func usage(of turn: Turn) -> ChatUsage {
        ChatUsage(
            turn.answer.usage ?? TokenUsage(),
            prompt: { turn.context?.tokens.total ?? 0 },
            answer: { engine.chats.estimate(turn.answer.text) }
        )
    }

    private func streamConversation(
        _ request: MessageRequest,
        _ id: String,
        _ body: ChatCompletionBody,
        _ caller: RequestContext
    ) -> HTTPResponse {
        eventStream(caller, errorName: nil) { writer in
            var chunks = chunks(by: request.model ?? engine.models.standard.preferred.model.name.description, caller)
            let turn = try await engine.conversations.send(request, to: id, caller) { event in
                switch event {
                case .context, .done: break
                case .queued(let position): try await writer.comment("queued, position \(position)")
                case .began(let model):
                    chunks = self.chunks(by: model, caller)
                    try await writer.send(ServerSentEvent(data: chunks.beginning))
                case .delta(let text): try await writer.send(ServerSentEvent(data: chunks.text(text)))
                }
            }
            let reason = turn.answer.finishReason.map { FinishReason.other($0) } ?? .stop
            try await writer.send(ServerSentEvent(data: chunks.end(reason)))
            let usage = body.streamOptions?.includeUsage ?? false ? usage(of: turn) : nil
            try await writer.send(ServerSentEvent(data: try chunks.closing(usage, ChatExtension(turn, of: id))))
            try await writer.send(ServerSentEvent(data: "[DONE]"))
        }
    }

    func listModels(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        try .json(encoding: ModelList(data: engine.models.models.map { ModelReport($0.name, at: caller.now) }))
    }

    func showModel(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        let id = request.parameter("id")
        guard let model = engine.models.models.first(where: { $0.name.description == id || $0.name.model == id }) else {
            throw ContextError.unknown("model", id)
        }
        return try .json(encoding: ModelReport(model.name, at: caller.now))
    }
}

extension ChatExtension {
    fileprivate init(_ turn: Turn, of conversation: String) {
        self.init(conversationID: conversation, manifestID: turn.answer.manifestID, citations: turn.citations)
    }
}

extension ChatChunks {
    fileprivate func data(of event: ModelEvent, _ answer: ModelAnswer) -> String {
        switch event {
        case .text(let text): self.text(text)
        case .toolCall(let call): toolCall(call, index: answer.toolCalls.count - 1)
        case .finished(let reason, _): end(reason)
        }
    }
}

private struct ModelList: Encodable {
    let object = "list"
    let data: [ModelReport]
}

private struct ModelReport: Encodable {
    let id: String
    let object = "model"
    let created: Int64
    let ownedBy: String

    init(_ name: ModelName, at now: Timestamp) {
        id = name.description
        created = now.milliseconds / 1_000
        ownedBy = name.provider
    }

    private enum CodingKeys: String, CodingKey {
        case id, object, created
        case ownedBy = "owned_by"
    }
}
