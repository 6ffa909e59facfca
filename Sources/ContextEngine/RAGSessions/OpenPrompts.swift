import ContextCore

/// The prompts that are being answered, so that what ends their session ends them, too.
struct OpenPrompts: Sendable {
    private struct Entry {
        let session: RAGSession
        var count = 1
        var reason: ContextError?
    }

    private var entries: [String: Entry] = [:]

    /// Sessions with a prompt under way.
    var sessions: [RAGSession] { entries.values.map(\.session) }

    mutating func begin(_ session: RAGSession) {
        entries[session.id, default: Entry(session: session, count: 0)].count += 1
    }

    mutating func end(_ id: String) {
        entries[id]?.count -= 1
        if entries[id]?.count == 0 { entries[id] = nil }
    }

    /// Nothing more of the session's answers may leave.
    mutating func stop(_ id: String, because reason: ContextError) {
        if entries[id]?.reason == nil { entries[id]?.reason = reason }
    }

    func reasonToStop(_ id: String) -> ContextError? { entries[id]?.reason }
}
