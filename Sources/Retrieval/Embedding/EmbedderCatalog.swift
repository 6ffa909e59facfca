package import Embeddings
package import Runtime
import SQL
import Synchronization

/// The embedders that this process has, and which of them makes the vectors of which model.
///
/// The configured one need not be the one that searches go by: an index belongs to the model that made its vectors, until all of
/// them exist from another one.
package final class EmbedderCatalog: Sendable {
    /// Whether passages are searched by meaning at all.
    package let isEnabled: Bool

    /// The model in this process, if it is installed.
    package let local: CachedEmbedder?

    /// What the configuration asks for in place of the local one.
    package let remote: (any Embedder)?

    private let localEmbedder: LocalEmbedder?
    private let reach: @Sendable (String) -> (any Embedder)?
    private let cache: @Sendable (EmbeddingModel) -> EmbeddingCache?
    private let log: Log
    private let state = Mutex(State())

    private struct State {
        var embedders: [String: CachedEmbedder] = [:]
        var local: EmbeddingModel?
        var wanted: EmbeddingModel?
    }

    /// - Parameters:
    ///   - reach: an embedder of the configured provider by a model's name, for vectors that it made before.
    ///   - cache: for what a provider's model embeds.
    package init(
        local: LocalEmbedder?,
        localCache: EmbeddingCache? = nil,
        remote: (any Embedder)? = nil,
        isEnabled: Bool = true,
        log: Log = .disabled,
        cache: @escaping @Sendable (EmbeddingModel) -> EmbeddingCache? = { _ in nil },
        reach: @escaping @Sendable (String) -> (any Embedder)? = { _ in nil }
    ) {
        self.isEnabled = isEnabled
        self.remote = remote
        self.log = log
        self.cache = cache
        self.reach = reach
        localEmbedder = local
        self.local = local.map { CachedEmbedder($0, cache: localCache) }
    }

    /// Whether anybody could make a vector.
    package var isEmpty: Bool { !isEnabled || (local == nil && remote == nil) }

    /// What the configured embedder is called.
    package var wantedName: String? { remote?.name ?? local?.identity.name }

    /// The most tokens of a chunk that all embedders read whole; `nil` where none says.
    var window: Int? { [localEmbedder?.window, remote?.window].compactMap(\.self).min() }

    /// The configured embedder's model under the id that it has in the database; `nil` where there is no embedder.
    ///
    /// Who answered once is asked again only when it has failed.
    ///
    /// - Throws: ``EmbeddingError``; `CancellationError`.
    func wantedModel(in database: Database) async throws -> EmbeddingModel? {
        if let known = state.withLock(\.wanted), await embedder(for: known)?.problem == nil { return known }
        state.withLock { $0.wanted = nil }
        guard let asked = try await wanted() else { return nil }
        let model = try await database.transaction { try await EmbeddingModelStore.register(asked, on: $0) }
        state.withLock { $0.wanted = model }
        return model
    }

    /// Asks the configured embedder who it is.
    private func wanted() async throws -> EmbeddingModel? {
        guard let remote else { return try await localModel() }
        return try await EmbeddingModel.model(of: remote, for: .query)
    }

    private func localModel() async throws -> EmbeddingModel? {
        guard let local, let localEmbedder else { return nil }
        if let known = state.withLock(\.local) { return known }
        let model = try await EmbeddingModel.model(of: localEmbedder, id: local.model, for: .passage)
        state.withLock { $0.local = model }
        return model
    }

    /// Who makes the vectors of `model`: its provider, and the local model where its vectors are the same; `nil` where nobody
    /// here can.
    func embedder(for model: EmbeddingModel) async -> CachedEmbedder? {
        if let local, model.id == local.model { return local }
        if let known = state.withLock({ $0.embedders[model.id] }) { return known }
        var makers: [CachedEmbedder.Maker] = []
        if let remote = remote?.name == model.name ? remote : reach(model.name) {
            makers.append(CachedEmbedder.Maker(remote, provesItself: true))
        }
        if let localEmbedder, let own = try? await localModel(), own.isInterchangeable(with: model) {
            makers.append(CachedEmbedder.Maker(localEmbedder, provesItself: false))
        }
        guard !makers.isEmpty else { return nil }
        return state.withLock { state in
            if let known = state.embedders[model.id] { return known }
            let embedder = CachedEmbedder(model, makers: makers, cache: cache(model))
            state.embedders[model.id] = embedder
            return embedder
        }
    }
}

extension EmbedderCatalog {
    /// The model that the database's searches go by; one that has none yet begins with the configured one, or with the local one
    /// while that can't be reached.
    func liveModel(of database: Database) async throws -> EmbeddingModel? {
        guard isEnabled else { return nil }
        let stored = try await database.read { try await EmbeddingModelStore.live(on: $0) }
        let lacksFingerprint = stored.map { $0.id == local?.model && $0.fingerprint.isEmpty } ?? false
        if let stored, !lacksFingerprint { return stored }
        guard let first = try await lacksFingerprint ? localModel() : firstModel() else { return stored }
        return try await database.transaction { connection in
            let model = try await EmbeddingModelStore.register(first, on: connection)
            if let live = try await EmbeddingModelStore.live(on: connection) { return live }
            try await EmbeddingModelStore.setLive(model.id, on: connection)
            return model
        }
    }

    private func firstModel() async throws -> EmbeddingModel? {
        do {
            return try await wanted()
        } catch let error as EmbeddingError where error.isProviders {
            let instead = local == nil ? "searches are on keywords until it answers" : "the local model begins"
            log.warning("the configured embedder can't be used: \(instead)", ["reason": "\(error)"])
            return try await localModel()
        }
    }
}
