import ContextCore

/// An event as JSON, with what it is sent under.
struct WebhookBody: Sendable {
    /// The same in every attempt, so that a receiver can tell a repetition.
    let delivery = Identifier.random("wh_")
    let name: String
    let bytes: [UInt8]

    init(_ event: RAGSessionEvent) {
        name = event.name
        var json = JSONWriter(capacity: 512)
        json.object { event.write(to: &$0) }
        bytes = json.bytes
    }
}

extension RAGSessionEvent {
    fileprivate func write(to json: inout JSONWriter) {
        json.member("event", name)
        json.member("at", at.iso8601)
        json.member("session_id", session.id)
        json.member("conversation_id", session.conversation)
        json.member("user", session.subject)
        json.member("host", session.host)
        json.member("token_id", session.token)
        json.member("collections", session.collections.count)
        json.member("prompts", session.prompts)
        switch kind {
        case .created, .expired: break
        case .ended(let reason): json.member("reason", reason.rawValue)
        case .prompted(let record): record.write(to: &json)
        }
    }
}

extension RAGSessionEvent.PromptRecord {
    fileprivate func write(to json: inout JSONWriter) {
        json.member("outcome", outcome.rawValue)
        if let code { json.member("code", code) }
        if let manifestID { json.member("manifest_id", manifestID) }
        if let passagesUsed { json.member("passages_used", passagesUsed) }
        if let promptTokens { json.member("prompt_tokens", promptTokens) }
        if let completionTokens { json.member("completion_tokens", completionTokens) }
    }
}
