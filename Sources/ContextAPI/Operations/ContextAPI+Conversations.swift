import ContextCore
import ContextEngine
import HTTP
import LanguageModels

extension ContextAPI {
    func createConversation(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        let body = try request.decodeIfPresent(ConversationBody.self)
        let conversation = try await engine.conversations.create(body?.value.draft ?? ConversationDraft(), caller)
        return try .json(
            encoding: ConversationReport(conversation),
            .created,
            ignored: body?.ignored ?? []
        )
    }

    func listConversations(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        let page = try await engine.conversations.list(
            cursor: request.query("cursor"),
            limit: try request.integer("limit"),
            caller
        )
        return try .json(
            encoding: ConversationList(
                conversations: page.items.map(ConversationReport.init),
                nextCursor: page.nextCursor
            )
        )
    }

    func showConversation(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        try .json(
            encoding: ConversationReport(try await engine.conversations.conversation(request.parameter("id"), caller))
        )
    }

    func deleteConversation(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        let id = request.parameter("id")
        try await engine.conversations.delete(id, caller)
        return try .json(encoding: ["status": "deleted", "conversation_id": id])
    }

    func listMessages(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        let page = try await engine.conversations.messages(
            of: request.parameter("id"),
            cursor: request.query("cursor"),
            limit: try request.integer("limit"),
            caller
        )
        return try .json(
            encoding: MessageList(messages: page.items.map(MessageReport.init), nextCursor: page.nextCursor)
        )
    }

    /// Answers as JSON, or as server-sent events when the body or `Accept` asks for them.
    func sendMessage(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        let body = try request.decode(MessageBody.self)
        let id = request.parameter("id")
        var message = body.value.request
        message.idempotencyKey = request.headers["Idempotency-Key"]
        let explain = body.value.explain ?? false
        if body.value.stream ?? request.acceptsEvents {
            return stream(message, to: id, explain: explain, caller).naming(body.ignored)
        }
        let turn = try await engine.conversations.send(message, to: id, explain: explain, caller) { _ in }
        return try .json(encoding: TurnReport(turn), .created, ignored: body.ignored)
    }

    /// `context`, `queued`, `delta`, `done`, `error`.
    private func stream(
        _ message: MessageRequest,
        to id: String,
        explain: Bool,
        _ caller: RequestContext
    ) -> HTTPResponse {
        eventStream(caller) { writer in
            try await engine.conversations.send(message, to: id, explain: explain, caller) {
                guard let event = try ServerSentEvent($0, report: { TurnReport($0) }) else { return }
                try await writer.send(event)
            }
        }
    }
}

extension ServerSentEvent {
    /// - Parameter report: how the way in tells a turn that is over.
    /// - Returns: `nil` for what `done` tells.
    init?(_ event: ConversationEvent, report: (Turn) -> some Encodable) throws {
        switch event {
        case .began: return nil
        case .context(let context): try self.init("context", context)
        case .queued(let position): try self.init("queued", ["position": position])
        case .delta(let text): try self.init("delta", ["content": text])
        case .done(let turn): try self.init("done", report(turn))
        }
    }
}
