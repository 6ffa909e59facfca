import ContextCore
import Embeddings
import HTTP
import LanguageModels
import Runtime
import SQL
import TestSupport
import Testing

@testable import Retrieval

/// Two providers with unlike models, `openai:former` and `openai:next`, and catalogs that reach both.
struct Providers: Sendable {
    let former: EmbeddingProvider
    let next: EmbeddingProvider
    private let ports: [String: UInt16]
    private let client: HTTPClient

    /// Both serve for the length of `body`.
    static func with(
        next: EmbeddingProvider = EmbeddingProvider(dimensions: 32, model: 2),
        _ body: (Providers) async throws -> Void
    ) async throws {
        let former = EmbeddingProvider(dimensions: 24, model: 1)
        let client = HTTPClient()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await client.run() }
            defer { group.cancelAll() }
            try await former.whileServing { formerPort in
                try await next.whileServing { nextPort in
                    let ports = ["openai:former": formerPort, "openai:next": nextPort]
                    try await body(Providers(former: former, next: next, ports: ports, client: client))
                }
            }
        }
    }

    func embedder(_ name: String) -> (any Embedder)? {
        guard let port = ports[name], let name = EmbedderName(name) else { return nil }
        var configuration = RemoteEmbedderConfiguration()
        configuration.routing.retryAttempts = 0
        configuration.failuresUntilRest = 1_000
        // A busy machine is no failure.
        configuration.timeout = .seconds(60)
        configuration.queryTimeout = .seconds(60)
        return ProviderAccess(.openai, endpoint: "http://127.0.0.1:\(port)").embedder(
            name,
            client: client,
            configuration: configuration,
            count: { $0.split(separator: " ").count }
        )
    }

    /// A catalog whose configuration asks for one of the two.
    ///
    /// - Parameter reachesOther: whether the configuration still tells how the other one is reached.
    func catalog(wanting name: String, reachesOther: Bool = true, local: LocalEmbedder? = nil) -> EmbedderCatalog {
        EmbedderCatalog(
            local: local,
            remote: embedder("openai:" + name),
            reach: { reachesOther || $0 == "openai:" + name ? embedder($0) : nil }
        )
    }

    /// A library as a process opens it that is configured for one of the two.
    func library(
        _ path: String,
        wanting name: String,
        reachesOther: Bool = true,
        local: LocalEmbedder? = nil,
        configure: (inout LiveIndex.Configuration) -> Void = { _ in }
    ) async throws -> PassageLibrary {
        let database = try await Database.open(
            DatabaseConfiguration(.file(path), durability: .normal),
            migrations: RetrievalMigrations.all
        )
        var configuration = LiveIndex.Configuration()
        configure(&configuration)
        let index = try await LiveIndex.open(
            database: database,
            embedders: catalog(wanting: name, reachesOther: reachesOther, local: local),
            configuration: configuration,
            log: .disabled
        )
        return PassageLibrary(database: database, index: index)
    }
}

extension PassageLibrary {
    /// The name and the vectors of each model that has some.
    func vectorCounts() async throws -> [String: Int] {
        let counts = try await database.read { try await EmbeddingModelStore.counts(on: $0) }
        return Dictionary(counts.map { ($0.name, $0.count) }, uniquingKeysWith: +)
    }

    func keeper(batch: Int = 8) throws -> EmbeddingKeeper {
        try #require(EmbeddingKeeper(library: self, batch: batch, log: .disabled))
    }

    /// The best passage by meaning, with its cosine.
    func nearest(
        to text: String,
        in collection: PassageCollection,
        filter: MetadataFilter? = nil
    ) async throws -> (id: String, score: Double)? {
        let query = RetrievalQuery(text, mode: .vector, in: [collection], filter: filter, limit: 1)
        return try await search(query, for: .local).hits.first.map { ($0.passage.id, $0.score) }
    }
}

/// A text that no other number has.
func sentence(_ number: Int) -> String { "heron\(number) stands beside pond\(number * 7) under cloud\(number * 13)" }

func drafts(_ numbers: Range<Int>) -> [PassageDraft] {
    numbers.map { text("p\($0)", sentence($0), ["part": .number(Double($0 % 3))]) }
}
