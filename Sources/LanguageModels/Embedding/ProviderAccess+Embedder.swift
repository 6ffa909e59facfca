package import Embeddings
package import HTTP

extension ProviderAccess {
    /// An embedding model of this provider; `nil` where the provider has none.
    package func embedder(
        _ name: EmbedderName,
        client: HTTPClient,
        configuration: RemoteEmbedderConfiguration = RemoteEmbedderConfiguration(),
        count: @escaping @Sendable (String) -> Int
    ) -> (any Embedder)? {
        func reached(_ codec: some EmbeddingCodec) -> any Embedder {
            RemoteEmbedder(
                codec,
                name: name.description,
                client: client,
                configuration: configuration,
                secret: key,
                count: count
            )
        }
        let model = ModelName(provider: provider.rawValue, model: name.model)
        switch provider {
        case .extractive, .anthropic: return nil
        case .openai, .llamafile:
            var dialect = OpenAIEmbeddingCodec.Dialect()
            dialect.apiVersion = apiVersion
            dialect.dimensions = name.dimensions
            if provider == .llamafile { dialect.path = "/v1/embeddings" }
            return reached(OpenAIEmbeddingCodec(model, at: reachedEndpoint, dialect: dialect))
        case .ollama:
            return reached(OllamaEmbeddingCodec(model, at: reachedEndpoint, dimensions: name.dimensions))
        }
    }
}

/// What vectors of a provider's model are filed under: `provider:model`, and `@` with their length where a length was asked for.
package struct EmbedderName: Hashable, Sendable, CustomStringConvertible {
    package let provider: Provider
    package let model: String

    /// Numbers of a vector that are asked for; `nil` takes the model's own.
    package let dimensions: Int?

    package init(provider: Provider, model: String, dimensions: Int? = nil) {
        self.provider = provider
        self.model = model
        self.dimensions = dimensions
    }

    /// - Returns: `nil` for what is no provider's model.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, let provider = Provider(rawValue: String(parts[0])) else { return nil }
        let at = parts[1].lastIndex(of: "@")
        let dimensions = at.flatMap { Int(parts[1][parts[1].index(after: $0)...]) }
        let model = dimensions == nil ? parts[1] : parts[1][..<(at ?? parts[1].endIndex)]
        self.init(provider: provider, model: String(model), dimensions: dimensions)
    }

    package var description: String { "\(provider):\(model)" + (dimensions.map { "@\($0)" } ?? "") }
}

extension Provider {
    /// The embedding model that is asked where none is named.
    package var defaultEmbeddingModel: String? {
        switch self {
        case .openai: "text-embedding-3-small"
        case .llamafile: "default"
        case .extractive, .anthropic, .ollama: nil
        }
    }
}
