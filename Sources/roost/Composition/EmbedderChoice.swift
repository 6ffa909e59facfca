import Embeddings
import HTTP
import LanguageModels
import Retrieval
import Runtime

/// The embedders that the configuration asks for, and what is missing.
struct EmbedderChoice {
    let catalog: EmbedderCatalog

    /// The one that the configuration names.
    let configured: (any Embedder)?
    private(set) var problems: [String] = []

    /// Numbers of a session's vectors where the local model is not installed.
    static let dimensionsWithoutModel = 384

    /// - Parameter client: moves the bytes of a provider.
    /// - Throws: ``ConfigurationError`` for a provider without a model.
    init(_ configuration: Configuration, client: HTTPClient, log: Log) throws(ConfigurationError) {
        guard configuration.search.isEnabled else {
            catalog = EmbedderCatalog(local: nil, isEnabled: false)
            configured = nil
            problems = ["vector_search.enabled is false: searches are on keywords alone."]
            return
        }
        let name = try configuration.embeddings.remoteName
        let caches = EmbeddingCaches(configuration)
        var local: LocalEmbedder?
        var cache: EmbeddingCache?
        do {
            let embedder = try Self.localEmbedder(configuration)
            local = embedder
            cache = try caches.open(folder: caches.folder, model: embedder.model, dimensions: embedder.dimensions)
        } catch let error as EmbeddingCacheError {
            problems.append("The embedding cache can't be used: \(error). Texts are embedded again each time.")
        } catch {
            // Beside a provider's embedder the local one is a stand-in, and `/v1/embed` says that it is missing.
            if name == nil { problems.append("\(error). Searches are on keywords alone.") }
        }
        let reach = configuration.embeddings.reach(counting: TokenCounter(local?.tokenizer), client)
        let remote = name.flatMap { reach($0.description) }
        configured = name == nil ? local : remote
        catalog = EmbedderCatalog(
            local: local,
            localCache: cache,
            remote: remote,
            log: log,
            cache: { caches.cache(for: $0, log) },
            reach: reach
        )
    }

    /// The model without a cache.
    static func localEmbedder(_ configuration: Configuration) throws -> LocalEmbedder {
        var local = LocalEmbedderConfiguration()
        local.threads = configuration.embeddings.threads
        return try LocalEmbedder(files: try files(configuration), configuration: local)
    }

    /// In the configured folder, else in the data directory, else where `script/fetch-model` puts the model.
    private static func files(_ configuration: Configuration) throws(EmbeddingError) -> ModelFiles {
        let name = "models/" + configuration.embeddings.localModel
        let folders =
            configuration.embeddings.modelPath.map { [$0] }
            ?? [configuration.dataDirectory + "/" + name, configuration.homeDirectory + "/.roost/" + name]
        let folder = folders.first { FileSystem.exists($0 + "/model.safetensors") } ?? folders[folders.count - 1]
        return try ModelFiles(folder: folder, verifying: true)
    }
}

/// Where embeddings are cached: the local model's in the folder itself, each other model's in one below it, because a file
/// belongs to one process and to vectors of one length.
private struct EmbeddingCaches: Sendable {
    let folder: String

    init(_ configuration: Configuration) {
        folder = configuration.embeddings.cacheDirectory ?? configuration.dataDirectory + "/embeddings"
    }

    func open(folder: String, model: String, dimensions: Int) throws(EmbeddingCacheError) -> EmbeddingCache {
        try EmbeddingCache(folder: folder, model: model, dimensions: dimensions)
    }

    /// Without its cache an embedder works all the same, only slower.
    func cache(for model: EmbeddingModel, _ log: Log) -> EmbeddingCache? {
        do {
            let own = folder + "/" + SHA256.hexadecimal(of: model.id).prefix(16)
            return try open(folder: own, model: model.id, dimensions: model.dimensions)
        } catch {
            log.warning("the embedding cache can't be used", ["model": model.name, "reason": "\(error)"])
            return nil
        }
    }
}

extension EmbeddingSettings {
    /// The provider that embeds; `nil` is the local model.
    private var remoteProvider: Provider? { provider == "local" ? nil : Provider(rawValue: provider) }

    /// The folder's name of the local model, which stays at hand beside a provider's.
    var localModel: String { remoteProvider == nil ? model ?? Self.defaultModel : Self.defaultModel }

    private static let defaultModel = "all-MiniLM-L6-v2"

    fileprivate var remoteName: EmbedderName? {
        get throws(ConfigurationError) {
            guard let provider = remoteProvider else { return nil }
            guard let model = model ?? provider.defaultEmbeddingModel else {
                throw .contradiction(
                    "embeddings.provider is \(provider), but embeddings.model does not say which model embeds."
                )
            }
            return EmbedderName(provider: provider, model: model, dimensions: dimensions)
        }
    }

    /// Makes embedders of the configured provider by their names; of another provider nothing is known any more.
    fileprivate func reach(
        counting tokens: TokenCounter,
        _ client: HTTPClient
    ) -> @Sendable (String) -> (any Embedder)? {
        guard let provider = remoteProvider else { return { _ in nil } }
        var access = ProviderAccess(provider, endpoint: endpoint, key: apiKey)
        access.apiVersion = apiVersion
        return { [access, remote] text in
            guard let name = EmbedderName(text), name.provider == provider else { return nil }
            var remote = remote
            remote.batch = batchSize
            return access.embedder(name, client: client, configuration: remote, count: tokens.count)
        }
    }
}
