internal import Runtime

/// A model whose vectors compare with each other and with no others.
///
/// A provider's name for it proves nothing: tomorrow another one may answer under the same name, after a new `:latest` or with
/// another file at the same port. What a model is, shows in its vectors of a few sentences, its ``fingerprint``.
package struct EmbeddingModel: Hashable, Sendable {
    /// Tells it from all others, in databases and caches.
    package let id: String

    /// What its embedder is called.
    package let name: String
    package let dimensions: Int

    /// The vectors of ``sentences``, one after the other; empty while nobody has asked for them.
    package let fingerprint: [Float]

    package init(id: String, name: String, dimensions: Int, fingerprint: [Float] = []) {
        self.id = id
        self.name = name
        self.dimensions = dimensions
        self.fingerprint = fingerprint
    }

    /// What every model is asked to know it by; never changed, or nobody would be known again.
    package static let sentences = [
        "The lighthouse keeper writes the weather into her log every evening.",
        "SELECT name, COUNT(*) FROM bird GROUP BY name;",
        "Der Zug nach Bremen fährt um neun Uhr ab.",
        "Why does the request time out after 30 seconds?",
    ]

    /// How near the vectors of one model are to each other at least: machines and libraries round differently.
    static let sameModel: Float = 0.99

    /// How near two models' vectors must be for one to stand in for the other, in the same index.
    static let sameVectors: Float = 0.999

    /// Asks an embedder for its vectors of ``sentences``.
    ///
    /// - Parameter id: `nil` makes one of the name and the vectors.
    /// - Throws: ``EmbeddingError``; `CancellationError`.
    package static func model(
        of embedder: any Embedder,
        id: String? = nil,
        for purpose: EmbeddingPurpose
    ) async throws -> EmbeddingModel {
        let vectors = try await embedder.embed(sentences, for: purpose).map(\.vector)
        let fingerprint = vectors.flatMap(\.self)
        let digest = fingerprint.withUnsafeBytes { SHA256.hexadecimal(SHA256.hash(Array($0))) }
        return EmbeddingModel(
            id: id ?? "\(embedder.name)#\(digest.prefix(12))",
            name: embedder.name,
            dimensions: vectors.first?.count ?? 0,
            fingerprint: fingerprint
        )
    }

    /// Whether both have the same name and show the same vectors, but for rounding.
    package func isSame(as other: EmbeddingModel) -> Bool {
        name == other.name && resemblance(to: other) >= Self.sameModel
    }

    /// Whether the other's vectors are as good as these, in one index with them.
    package func isInterchangeable(with other: EmbeddingModel) -> Bool {
        resemblance(to: other) >= Self.sameVectors
    }

    /// Whether this is the vector of the first of ``sentences``.
    func recognizes(_ vector: [Float]) -> Bool {
        vector.count == dimensions && Self.cosine(vector[...], fingerprint.prefix(dimensions)) >= Self.sameModel
    }

    /// The least cosine of the fingerprints' vectors; −1 where they can't be compared.
    private func resemblance(to other: EmbeddingModel) -> Float {
        guard dimensions > 0, dimensions == other.dimensions, !fingerprint.isEmpty,
            fingerprint.count == other.fingerprint.count
        else { return -1 }
        let starts = stride(from: 0, to: fingerprint.count, by: dimensions)
        return starts.map { start in
            Self.cosine(fingerprint[start..<start + dimensions], other.fingerprint[start..<start + dimensions])
        }.min() ?? -1
    }

    /// Of two unit vectors.
    private static func cosine(_ left: ArraySlice<Float>, _ right: ArraySlice<Float>) -> Float {
        zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
    }
}
