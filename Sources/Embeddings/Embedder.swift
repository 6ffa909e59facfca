/// Something that turns texts into vectors: the model in this process, or one at a provider.
///
/// Whose vectors they are, and of how many numbers, is said by an ``EmbeddingModel``: a name alone says nothing, because
/// what stands behind a provider's can change.
package protocol Embedder: Sendable {
    /// What the model is called, `organization/model` or `provider:model`.
    var name: String { get }

    /// Tokens of a text that are embedded as a whole; `nil` where that is not known.
    var window: Int? { get }

    /// Whether there is nothing in a text to embed.
    func isBlank(_ text: String) -> Bool

    /// One embedding a text, in their order, each of length one.
    ///
    /// - Throws: ``EmbeddingError``; `CancellationError`.
    func embed(_ texts: [String], for purpose: EmbeddingPurpose) async throws -> [Embedding]
}

/// What a vector is for, and so how long its embedder may take.
package enum EmbeddingPurpose: Hashable, Sendable {
    /// Somebody waits, and can be answered without it.
    case query

    /// It is kept, and worth several attempts.
    case passage
}

extension LocalEmbedder: Embedder {
    package var name: String { model }
    package var window: Int? { windowTokens }

    package func isBlank(_ text: String) -> Bool { tokenizer.count(text) == 0 }

    package func embed(_ texts: [String], for purpose: EmbeddingPurpose) async throws -> [Embedding] {
        try await embed(texts)
    }
}
