import ContextCore
import ContextEngine
import Documents
import Embeddings
import HTTP
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
    /// Runs `services` for the length of `body`.
    func withServices<Result>(
        _ services: [any Service] = [],
        _ body: () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for service in services { group.addTask { try await service.run() } }
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
        let result = try await withClient(configuration.languageModel) { client in
            try await body(try await Roost(configuration, database, client, log, metrics))
        }
        await database.close()
        return result
    } catch {
        await database.close()
        throw error
    }
}

/// Lends the one client for all providers, which moves bytes for as long as `body` runs.
func withClient<Result: Sendable>(
    _ settings: LanguageModelSettings,
    _ body: (HTTPClient) async throws -> Result
) async throws -> Result {
    let client = HTTPClient(settings.client)
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await client.run() }
        defer { group.cancelAll() }
        return try await body(client)
    }
}

extension Roost {
    init(
        _ configuration: Configuration,
        _ database: Database,
        _ client: HTTPClient,
        _ log: Log,
        _ metrics: Metrics
    ) async throws {
        let embedding = try EmbedderChoice(configuration, client: client, log: log)
        var indexing = configuration.index
        if indexing.snapshotPath == nil, case .file = try configuration.databaseConfiguration.location {
            indexing.snapshotPath = configuration.dataDirectory + "/index.snapshot"
        }
        let index = try await LiveIndex.open(
            database: database,
            embedders: embedding.catalog,
            configuration: indexing,
            log: log
        )
        let library = PassageLibrary(
            database: database,
            index: index,
            limits: configuration.passages,
            parser: DocumentParser(limits: configuration.documents)
        )
        try await library.createBuiltInCollections(in: .local, at: .now)
        let extractive = Self.extractiveModel(configuration.languageModel, library)
        let delegation = try configuration.delegationConfiguration
        let models = try ModelChoice(
            configuration.languageModel,
            extractive: extractive,
            client: client,
            metrics: metrics,
            log: log
        )
        let webhook = RAGSessionWebhook(
            configuration.ragSessions.webhook,
            client: client,
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
                    dimensions: library.localEmbedder?.dimensions ?? EmbedderChoice.dimensionsWithoutModel,
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
            degraded: embedding.problems + Self.pending(in: library, try await database.read(EmbeddingModelStore.live))
        )
    }
}

extension Roost {
    /// What a command that has written should say: a provider that failed left passages without vectors.
    var lateVectors: String? {
        guard let problem = library.embedder?.problem else { return nil }
        return
            "Note: passages without vectors are found by their words until `roost serve` has embedded them: \(problem)"
    }

    /// Where searches go by another model than the configured one, or by one that nobody here can embed with.
    private static func pending(in library: PassageLibrary, _ live: EmbeddingModel?) -> [String] {
        guard let live, let wanted = library.index.embedders.wantedName, live.name != wanted else { return [] }
        let now =
            library.embedder == nil
            ? "Searches are on keywords alone: the index has vectors of \(live.name), which can't be reached."
            : "Searches go by \(live.name)."
        return [now + " `roost serve` embeds all passages by \(wanted) and changes over when none is missing."]
    }
}
