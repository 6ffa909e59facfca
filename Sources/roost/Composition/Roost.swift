import ContextCore
import ContextEngine
import Documents
import Embeddings
import LanguageModels
import Retrieval
import Runtime
import SQL

/// Everything behind the ways in, opened and put together.
struct Roost: Sendable {
    let configuration: Configuration
    let metrics: Metrics
    let database: Database
    let index: LiveIndex
    let library: PassageLibrary
    let engine: Engine
    let extractive: ExtractiveModel
    let models: ModelChoice

    /// Where what happens to RAG sessions is sent; `nil` for nowhere.
    let webhook: RAGSessionWebhook?

    /// What can't take part, in sentences for people.
    let degraded: [String]

    /// The one principal while no authentication is configured.
    let principal = Principal.local

    /// All of them, or all of one name.
    ///
    /// - Throws: ``ContextError`` (not found).
    func collections(named name: String?) async throws -> [PassageCollection] {
        let readable = try await library.collections(for: principal)
        guard let name else { return readable }
        let named = readable.filter { $0.name == name }
        guard !named.isEmpty else { throw ContextError.unknown("collection", name) }
        return named
    }
}

extension Roost {
    /// Runs what asking a model needs, and `services`, for the length of `body`.
    func withServices<Result>(
        _ services: [any Service] = [],
        _ body: () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for service in [models.client] + services { group.addTask { try await service.run() } }
            defer { group.cancelAll() }
            return try await body()
        }
    }
}

/// Opens everything, lends it to `body`, and closes it whatever happens.
///
/// - Parameter existing: what only reads makes no store; a mistyped directory would look like an empty one.
/// - Throws: ``CommandFailure`` where there is none.
func withRoost<Result: Sendable>(
    existing: Bool = false,
    _ configuration: Configuration,
    log: Log,
    metrics: Metrics = Metrics(),
    _ body: (Roost) async throws -> Result
) async throws -> Result {
    if existing, let path = try configuration.databaseConfiguration.path, !FileSystem.exists(path) {
        throw CommandFailure(
            "there is no store at \(path). Check --data and database_url, or make one: roost serve, index or import."
        )
    }
    try FileSystem.createDirectory(configuration.dataDirectory)
    let database = try await Database.open(
        try configuration.databaseConfiguration,
        migrations: RetrievalMigrations.all + EngineMigrations.all
    )
    do {
        let result = try await body(try await Roost(configuration, database, log, metrics))
        await database.close()
        return result
    } catch {
        await database.close()
        throw error
    }
}

extension Roost {
    init(_ configuration: Configuration, _ database: Database, _ log: Log, _ metrics: Metrics) async throws {
        let embedding = EmbedderChoice(configuration)
        var indexing = configuration.index
        if indexing.snapshotPath == nil, case .file = try configuration.databaseConfiguration.location {
            indexing.snapshotPath = configuration.dataDirectory + "/index.snapshot"
        }
        let index = try await LiveIndex.open(
            database: database,
            model: embedding.embedder?.model,
            dimension: embedding.embedder?.dimensions ?? EmbedderChoice.dimensionsWithoutModel,
            configuration: indexing,
            log: log
        )
        let library = PassageLibrary(
            database: database,
            index: index,
            embedder: embedding.embedder,
            limits: configuration.passages,
            parser: DocumentParser(limits: configuration.documents)
        )
        try await library.createBuiltInCollections(in: .local, at: .now)
        let extractive = Self.extractiveModel(configuration.languageModel, library)
        let delegation = try configuration.delegationConfiguration
        let models = try ModelChoice(configuration.languageModel, extractive: extractive, metrics: metrics, log: log)
        let webhook = RAGSessionWebhook(
            configuration.ragSessions.webhook,
            client: models.client,
            metrics: metrics,
            now: { .now },
            log: log
        )
        self.init(
            configuration: configuration,
            metrics: metrics,
            database: database,
            index: index,
            library: library,
            engine: Engine(
                library: library,
                configuration: configuration.context,
                models: models.catalog,
                conversations: configuration.conversation,
                summaries: configuration.summaries,
                jobs: configuration.jobConfiguration,
                compaction: configuration.compaction,
                prompts: configuration.prompts,
                delegation: delegation,
                ragSessions: configuration.ragSessionConfiguration,
                ragHooks: [RAGSessionLog(log: log)] + [webhook].compactMap(\.self),
                metrics: metrics,
                sessionVectors: SessionVectorStore(
                    dimensions: embedding.embedder?.dimensions ?? EmbedderChoice.dimensionsWithoutModel,
                    limits: configuration.sessionVectors,
                    metrics: metrics
                ),
                tokenizer: try configuration.languageModel.tokenizer,
                accounting: TokenAccounting(configuration.languageModel.accounting, metrics: metrics),
                now: { .now }
            ),
            extractive: extractive,
            models: models,
            webhook: webhook,
            degraded: embedding.problem.map { [$0] } ?? []
        )
    }
}
