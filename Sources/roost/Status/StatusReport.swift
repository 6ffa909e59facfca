import ContextCore
import Retrieval
import Runtime
import SQL

/// What is there: as JSON, and in lines for people.
struct StatusReport: Encodable {
    struct Collection: Encodable {
        let name: String
        let kind: PassageKind
        let passages: Int
    }

    let version: String
    let data: String
    let store: Store

    /// `nil` while searches are on keywords alone.
    let embedder: EmbedderStatus?
    let models: [ModelStatus]
    let passages: Int

    /// Of each model that has some, those that searches go by first.
    let vectors: [Vectors]

    struct Vectors: Encodable {
        let model: String
        let passages: Int
    }

    /// The last change that the index has followed.
    let revision: Int64
    let collections: [Collection]

    /// `nil` while no server works on this data directory.
    let server: Server?

    struct Store: Encodable {
        let location: String

        /// Of a small read.
        let milliseconds: Double
    }

    struct Server: Encodable {
        let process: Int32
        let address: String?
        let health: String?

        init(_ holder: ServerLock.Holder) {
            process = holder.process
            address = holder.address
            health = holder.address.map { HealthProbe.ask($0).sentence }
        }

        var text: String {
            [address ?? "starting", "process \(process)", health].compactMap(\.self).joined(separator: ", ")
        }
    }

    /// What can't take part, or was set and has no effect.
    let degraded: [String]

    init(
        _ roost: Roost,
        _ server: ServerLock.Holder?,
        models: [ModelStatus],
        embedder: EmbedderStatus?,
        unused: [String]
    ) async throws {
        version = Product.version
        data = roost.configuration.dataDirectory
        store = try await Store(roost)
        self.models = models
        self.embedder = embedder
        passages = roost.index.count
        vectors = try await roost.database.read { try await EmbeddingModelStore.counts(on: $0) }
            .map { Vectors(model: $0.name, passages: $0.count) }
        revision = roost.index.revision
        collections = try await roost.library.collections(for: roost.principal).map {
            Collection(name: $0.name, kind: $0.kind, passages: roost.library.passageCount(in: $0))
        }
        self.server = server.map(Server.init)
        degraded = roost.degraded + unused
    }

    var text: String {
        let width = collections.map(\.name.count).max() ?? 0
        let lines = [
            "Roost \(version)",
            "data        \(data)",
            "store       \(store.location), \(store.milliseconds) ms",
        ]
        let after = [
            "embedder    \(embedder?.text ?? "none: searches are on keywords alone")",
            "index       \(passages) passages, revision \(revision)",
        ]
        let ending = [
            "server      \(server?.text ?? "not running")",
            "collections",
        ]
        let rows = collections.map {
            "  \($0.name.padded(to: width))  \($0.kind.rawValue.padded(to: 14))  \($0.passages)"
        }
        let embedded = vectors.map { "vectors     \($0.passages) of \($0.model)" }
        return (lines + models.map(\.text) + after + embedded + ending + rows + degraded.map { "Note: \($0)" }).joined(
            separator: "\n"
        )
    }
}

extension StatusReport.Store {
    fileprivate init(_ roost: Roost) async throws {
        location =
            switch try roost.configuration.databaseConfiguration.location {
            case .file(let path): path
            case .memory: "in memory"
            }
        let start = MonotonicTime.now
        _ = try await roost.database.read { try await PassageStore.revision(on: $0) }
        milliseconds = MonotonicTime.now.milliseconds(since: start)
    }
}

extension MonotonicTime {
    /// To be shown: with as many digits as mean something.
    func milliseconds(since earlier: MonotonicTime) -> Double {
        let milliseconds = seconds(since: earlier) * 1_000
        return milliseconds.rounded(to: milliseconds < 10 ? 2 : 0)
    }
}
