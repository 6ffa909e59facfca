import Embeddings

/// The embedder that the configuration asks for, or why there is none.
struct EmbedderChoice {
    var embedder: CachedEmbedder?
    var problem: String?

    /// The vector half of the index is empty then; its width only has to be one.
    static let dimensionsWithoutModel = 384

    /// - Parameter isCached: whether passages that were embedded before are taken from disk.
    init(_ configuration: Configuration, isCached: Bool = true) {
        guard configuration.search.isEnabled else {
            problem = "vector_search.enabled is false: searches are on keywords alone."
            return
        }
        do {
            let files = try Self.files(configuration)
            var local = LocalEmbedderConfiguration()
            local.threads = configuration.embeddings.threads
            let embedder = try LocalEmbedder(files: files, configuration: local)
            self.embedder = CachedEmbedder(embedder, cache: isCached ? cache(for: embedder, configuration) : nil)
        } catch {
            problem = "\(error). Searches are on keywords alone."
        }
    }

    /// Without its cache the embedder works all the same, only slower.
    private mutating func cache(for embedder: LocalEmbedder, _ configuration: Configuration) -> EmbeddingCache? {
        do {
            return try EmbeddingCache(
                folder: configuration.embeddings.cacheDirectory ?? configuration.dataDirectory + "/embeddings",
                model: embedder.model,
                dimensions: embedder.dimensions
            )
        } catch {
            problem = "The embedding cache can't be used: \(error). Texts are embedded again each time."
            return nil
        }
    }

    /// In the configured folder, else in the data directory, else where `script/fetch-model` puts the model.
    private static func files(_ configuration: Configuration) throws(EmbeddingError) -> ModelFiles {
        let name = "models/" + configuration.embeddings.model
        let folders =
            configuration.embeddings.modelPath.map { [$0] }
            ?? [configuration.dataDirectory + "/" + name, configuration.homeDirectory + "/.roost/" + name]
        let folder = folders.first { FileSystem.exists($0 + "/model.safetensors") } ?? folders[folders.count - 1]
        return try ModelFiles(folder: folder, verifying: true)
    }
}
