import ContextCore
import ContextEngine
import HTTP

/// Hosts with a user's delegation token.
extension ContextAPI {
    func openRAGSession(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        let body = try request.decode(RAGSessionBody.self)
        let session = try await engine.ragSessions.open(
            body.value.conversationID,
            with: body.value.delegationToken,
            caller
        )
        return try .json(
            encoding: RAGSessionReport(session, timeout: engine.ragSessions.configuration.timeout),
            .created,
            ignored: body.ignored
        )
    }

    /// Answers as JSON, or as server-sent events when the body or `Accept` asks for them.
    func promptRAGSession(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        let body = try request.decode(RAGPromptBody.self)
        let (id, prompt) = (request.parameter("id"), body.value.prompt)
        let key = request.headers["Idempotency-Key"]
        if body.value.stream ?? request.acceptsEvents {
            return stream(prompt, in: id, key, caller).naming(body.ignored)
        }
        let turn = try await engine.ragSessions.prompt(prompt, in: id, key: key, caller) { _ in }
        return try .json(encoding: RAGAnswerReport(turn), ignored: body.ignored)
    }

    /// `context`, `queued`, `delta`, `done`, `error`, as a conversation streams them.
    private func stream(_ prompt: String, in id: String, _ key: String?, _ caller: RequestContext) -> HTTPResponse {
        eventStream(caller) { writer in
            try await engine.ragSessions.prompt(prompt, in: id, key: key, caller) {
                guard let event = try ServerSentEvent($0, report: { RAGAnswerReport($0) }) else { return }
                try await writer.send(event)
            }
        }
    }

    func endRAGSession(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        let id = request.parameter("id")
        try await engine.ragSessions.end(id, caller)
        return try .json(encoding: ["status": "ended", "session_id": id])
    }

    func revokeToken(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        let body = try request.decode(RevocationBody.self)
        let revocation: RAGSessions.Revocation
        switch (body.value.token, body.value.jti) {
        case (let token?, nil): revocation = try await engine.ragSessions.revoke(token: token, caller)
        case (nil, let id?): revocation = try await engine.ragSessions.revoke(tokenID: id, caller)
        case (nil, nil): throw ContextError.invalid("jti", "jti or token is required.")
        case (_?, _?): throw ContextError.invalid("jti", "Send jti or token, not both.")
        }
        return try .json(encoding: RevocationReport(revocation), ignored: body.ignored)
    }
}
