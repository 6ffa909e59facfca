package import ContextCore

/// Something that happened to a RAG session.
///
/// Ids and counts, and nothing that a person said: it may go to other servers.
package struct RAGSessionEvent: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case created
        case prompted(PromptRecord)

        /// Nobody used it for too long, or its token has expired.
        case expired
        case ended(EndReason)
    }

    package enum EndReason: String, Sendable {
        /// Somebody asked for it.
        case closed

        /// Its token was revoked.
        case revoked
    }

    /// What became of a prompt.
    package struct PromptRecord: Hashable, Sendable {
        package enum Outcome: String, CaseIterable, Sendable {
            case answered, failed, interrupted
        }

        package let outcome: Outcome

        /// The error's code; `nil` for a prompt that was answered.
        package var code: String?
        package var manifestID: String?
        package var passagesUsed: Int?
        package var promptTokens: Int?
        package var completionTokens: Int?

        init(_ outcome: Outcome) {
            self.outcome = outcome
        }
    }

    package let kind: Kind
    package let session: RAGSession
    package let at: Timestamp

    /// As logs and other servers know it.
    package var name: String {
        switch kind {
        case .created: "rag_session.created"
        case .prompted: "rag_session.prompted"
        case .expired: "rag_session.expired"
        case .ended: "rag_session.ended"
        }
    }
}

/// Told of everything that happens to RAG sessions.
package protocol RAGSessionHook: Sendable {
    /// Must not wait: a prompt is behind it. What takes time is put into a queue.
    func receive(_ event: RAGSessionEvent)
}
