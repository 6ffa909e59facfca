import ContextAPI
import Retrieval

/// What sessions over a WebSocket may hold and send.
extension Setting {
    static let sessionVectors: [Setting] = [
        .flag(
            "session_vectors.enabled",
            \.sockets.isRAGEnabled,
            "Whether sessions over a WebSocket may hold vectors, jobs may ask for passages, and RAG sessions are served.",
            also: ["ENABLE_RAG"]
        ),
        .names(
            "session_vectors.origins",
            \.sockets.origins,
            "Web pages that may open a session besides those of this machine, such as `https://app.example.org`."
        ),
        .integer(
            "session_vectors.limits.vectors",
            \.sessionVectors.vectorsPerSession,
            1...10_000_000,
            "Vectors of one session."
        ),
        .integer(
            "session_vectors.limits.vectors_per_message",
            \.sessionVectors.vectorsPerMessage,
            1...100_000,
            "Vectors of one upload."
        ),
        .integer(
            "session_vectors.limits.metadata_bytes",
            \.sessionVectors.metadataBytes,
            2...1_048_576,
            "Metadata of one vector as minified JSON."
        ),
        .integer("session_vectors.limits.id_bytes", \.sessionVectors.idBytes, 8...65_536, "Id of one vector."),
        .integer(
            "session_vectors.limits.memory_bytes",
            \.sessionVectors.memoryBytes,
            1_048_576...1_099_511_627_776,
            "What the vectors of all sessions together may hold."
        ),
        .integer(
            "session_vectors.limits.filter_bytes",
            \.sockets.limits.filterBytes,
            2...1_048_576,
            "A metadata filter."
        ),
        .integer(
            "session_vectors.limits.prompts",
            \.sockets.limits.promptsAtOnce,
            1...1_000,
            "Prompts of one session that are answered at the same time."
        ),
    ]
}
