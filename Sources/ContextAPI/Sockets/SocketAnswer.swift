import ContextCore
import ContextEngine
import Retrieval

/// What the server says over the session socket, as the bytes of a text message.
enum SocketAnswer {
    static func connected(_ sessionID: String, isRAGEnabled: Bool, _ limits: SocketTerms) -> [UInt8] {
        JSONWriter.object { writer in
            writer.member("type", "connected")
            writer.member("sessionId", sessionID)
            writer.member("ragEnabled", isRAGEnabled)
            writer.member("limits", object: limits.write)
        }
    }

    static func initialized(_ reference: MessageReference, _ sessionID: ClientID, isRAGEnabled: Bool) -> [UInt8] {
        message("session_init_ack", reference) { writer in
            writer.member("sessionId", sessionID)
            writer.member("ragEnabled", isRAGEnabled)
        }
    }

    static func pong(_ reference: MessageReference) -> [UInt8] { message("pong", reference) { _ in } }

    /// - Parameter refused: a sentence for each vector that was not stored.
    static func uploaded(_ reference: MessageReference, _ count: Int, refused: [String]) -> [UInt8] {
        message("uploadVectorsResult", reference) { writer in
            writer.member("uploaded", count)
            writer.member("rejected", refused.count)
            writer.member("errors", array: refused) { $0.string($1) }
        }
    }

    static func found(_ reference: MessageReference, _ found: SessionVectors.Found, milliseconds: Double) -> [UInt8] {
        message("searchVectorsResult", reference) { writer in
            writer.member("results", array: found.hits) { writer, hit in
                writer.object { writer in
                    writer.member("id", hit.id)
                    writer.member("score", hit.score)
                    writer.member("metadata", json: hit.metadata)
                }
            }
            writer.member("totalVectors", found.total)
            writer.member("searchTimeMs", (milliseconds * 1_000).rounded() / 1_000)
        }
    }

    static func deleted(_ reference: MessageReference, _ count: Int) -> [UInt8] {
        message("deleteVectorsResult", reference) { $0.member("deleted", count) }
    }

    static func error(_ reference: MessageReference, _ error: ContextError) -> [UInt8] {
        message("error", reference) { writer in
            writer.member("error", error.message)
            writer.member("code", error.code)
            if let parameter = error.parameter { writer.member("param", parameter) }
            if let seconds = error.retryAfter { writer.member("retryAfter", seconds) }
        }
    }

    static func error(_ reference: MessageReference, _ error: TokenLimitExceeded) -> [UInt8] {
        message("error", reference) { writer in
            writer.member(
                "error",
                "The prompt has \(error.promptTokens) tokens, and the window holds \(error.windowTokens). Shorten it."
            )
            writer.member("code", "TOKEN_LIMIT_EXCEEDED")
            writer.member("prompt_tokens", error.promptTokens)
            writer.member("context_window_size", error.windowTokens)
        }
    }

    static func chunk(_ reference: MessageReference, _ text: String, tokens: Int) -> [UInt8] {
        message("stream_chunk", reference) { writer in
            writer.member("content", text)
            writer.member("tokens", tokens)
        }
    }

    static func ended(_ reference: MessageReference, _ end: StreamEnd) -> [UInt8] {
        message("stream_end", reference, end.write)
    }

    private static func message(
        _ type: String,
        _ reference: MessageReference,
        _ body: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        JSONWriter.object { writer in
            writer.member("type", type)
            if let id = reference.id { writer.member("id", id) }
            if let id = reference.requestID { writer.member("requestId", id) }
            body(&writer)
        }
    }
}

/// What a session may do, as its first message says.
struct SocketTerms {
    let dimensions: Int
    let vectors: SessionVectorLimits
    let sockets: SocketLimits

    func write(_ writer: inout JSONWriter) {
        writer.member("dimensions", dimensions)
        writer.member("maxVectors", vectors.vectorsPerSession)
        writer.member("maxBatchSize", vectors.vectorsPerMessage)
        writer.member("maxMetadataBytes", vectors.metadataBytes)
        writer.member("maxIdBytes", vectors.idBytes)
        writer.member("maxMessageBytes", sockets.messageBytes)
        writer.member("maxResults", vectors.neighbours.upperBound)
        writer.member("maxFilterBytes", sockets.filterBytes)
        writer.member("maxPrompts", sockets.promptsAtOnce)
    }
}

/// The last message of a prompt, however it ended.
struct StreamEnd {
    enum Reason: String { case complete, cancelled, error }

    var reason: Reason
    var promptTokens = 0
    var completionTokens = 0

    /// Only of a prompt that was answered to its end.
    var turn: TurnEnd?

    func write(_ writer: inout JSONWriter) {
        writer.member("reason", reason.rawValue)
        writer.member("finish_reason", turn?.finishReason ?? reason.rawValue)
        writer.member("tokens_used", promptTokens + completionTokens)
        writer.member("usage") { usage in
            usage.member("prompt_tokens", promptTokens)
            usage.member("completion_tokens", completionTokens)
            usage.member("total_tokens", promptTokens + completionTokens)
        }
        guard let turn else { return }
        writer.member("model", turn.model)
        writer.member("citations", array: turn.citations) { writer, citation in
            writer.object { writer in
                writer.member("number", citation.number)
                writer.member("id", citation.id)
                if let score = citation.score { writer.member("score", score) }
            }
        }
        writer.member("omitted") { writer in
            for (reason, count) in turn.omitted.sorted(by: { $0.key < $1.key }) { writer.member(reason, count) }
        }
        writer.member("notes", array: turn.notes) { $0.string($1) }
    }
}
