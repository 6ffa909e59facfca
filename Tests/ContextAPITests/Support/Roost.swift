import ContextAPI
import ContextCore
import ContextEngine
import Embeddings
import HTTP
import LanguageModels
import Retrieval
import Runtime
import SQL
import Synchronization
import Testing

/// A whole server without a socket: database in memory, engine, routes.
///
/// The user is whoever `X-Test-User` names; each has a scope of their own.
final class Roost: Sendable {
    let engine: Engine
    let clock: TestClock
    let router: Router<Void>
    let renderer = ErrorRenderer(log: .disabled)
    private let uploads: UploadQueue

    /// What renews summaries in the background; tests call it when they want it.
    let summaries: ConversationSummaries

    /// What does tasks in the background; the same.
    let worker: CompactionWorker

    /// What happened to RAG sessions, by the hook that every server here has.
    let ragEvents: RecordedEvents

    private init(
        _ engine: Engine,
        _ clock: TestClock,
        _ metrics: Metrics,
        _ limits: APILimits,
        _ ragEvents: RecordedEvents
    ) {
        self.engine = engine
        self.ragEvents = ragEvents
        self.clock = clock
        router = ContextAPI(engine: engine, metrics: metrics, limits: limits, authenticate: Self.principal)
            .router()
        uploads = UploadQueue(library: engine.library, now: { clock.now }, log: .disabled)
        summaries = ConversationSummaries(
            conversations: engine.conversations,
            summarizer: engine.summarizer,
            now: { clock.now },
            log: .disabled
        )
        worker = CompactionWorker(tasks: engine.compactionTasks, now: { clock.now }, log: .disabled)
    }

    /// - Parameter embedder: `nil` leaves search to keywords, which is what most of the contract can be shown with.
    static func open(
        embedder: LocalEmbedder?,
        models: ModelCatalog = .extractive(),
        context: ContextConfiguration = ContextConfiguration(),
        conversations: ConversationConfiguration = ConversationConfiguration(),
        compaction: CompactionConfiguration = CompactionConfiguration(),
        delegation: DelegationConfiguration? = nil,
        ragSessions: RAGSessionConfiguration = RAGSessionConfiguration(),
        at location: DatabaseConfiguration.Location = .memory,
        limits: APILimits = APILimits()
    ) async throws -> Roost {
        let database = try await Database.open(
            DatabaseConfiguration(location, durability: .normal),
            migrations: RetrievalMigrations.all + EngineMigrations.all
        )
        let index = try await LiveIndex.open(
            database: database,
            embedders: EmbedderCatalog(local: embedder),
            configuration: LiveIndex.Configuration(),
            log: .disabled
        )
        let library = PassageLibrary(database: database, index: index)
        let clock = TestClock()
        for user in users.values { try await library.createBuiltInCollections(in: user.home, at: clock.now) }
        let metrics = Metrics()
        let vectors = SessionVectorStore(dimensions: 384, metrics: metrics)
        let ragEvents = RecordedEvents()
        return Roost(
            Engine(
                library: library,
                configuration: context,
                models: models,
                conversations: conversations,
                compaction: compaction,
                delegation: try delegation ?? self.delegation(),
                directory: PrincipalDirectory { users[$0] },
                ragSessions: ragSessions,
                ragHooks: [ragEvents],
                metrics: metrics,
                sessionVectors: vectors,
                accounting: TokenAccounting(metrics: metrics),
                now: { clock.now }
            ),
            clock,
            metrics,
            limits,
            ragEvents
        )
    }

    func close() async { await engine.library.database.close() }

    /// Reads every document that waits.
    func readUploads() async throws {
        while try await uploads.readNext() {}
    }

    /// By the tokenizer that the server counts with.
    func tokens(_ text: String) -> Int { engine.library.tokens.count(text) }

    static let users = ["anna": user("anna"), "ben": user("ben"), "lead": lead].compactMapValues(\.self)

    /// May read what both others have.
    private static let lead = Scope(path: "acme").map { Principal(subject: "lead", home: $0, readable: [$0]) }

    private static func user(_ name: String) -> Principal? {
        Scope(path: "acme/\(name)").map { Principal(subject: name, home: $0, readable: [$0]) }
    }

    @Sendable private static func principal(_ request: HTTPRequest) throws -> Principal {
        guard let user = users[request.headers["X-Test-User"] ?? "anna"] else {
            throw ContextError(.unauthenticated, "These credentials are unknown.")
        }
        return user
    }
}

/// Runs `body` with a server of its own.
func withRoost(
    embedder: LocalEmbedder? = nil,
    models: ModelCatalog = .extractive(),
    context: ContextConfiguration = ContextConfiguration(),
    conversations: ConversationConfiguration = ConversationConfiguration(),
    compaction: CompactionConfiguration = CompactionConfiguration(),
    delegation: DelegationConfiguration? = nil,
    ragSessions: RAGSessionConfiguration = RAGSessionConfiguration(),
    at location: DatabaseConfiguration.Location = .memory,
    limits: APILimits = APILimits(),
    _ body: (Roost) async throws -> Void
) async throws {
    let roost = try await Roost.open(
        embedder: embedder,
        models: models,
        context: context,
        conversations: conversations,
        compaction: compaction,
        delegation: delegation,
        ragSessions: ragSessions,
        at: location,
        limits: limits
    )
    do {
        try await body(roost)
    } catch {
        await roost.close()
        throw error
    }
    await roost.close()
}

/// Time stands still until a test moves it.
final class TestClock: Sendable {
    private let moment = Mutex(Timestamp(milliseconds: 1_767_646_800_000))

    var now: Timestamp { moment.withLock(\.self) }

    func advance(seconds: Int) { moment.withLock { $0 = $0.adding(seconds: seconds) } }
}

extension Roost {
    func send(
        _ method: HTTPMethod,
        _ target: String,
        _ body: JSONValue? = nil,
        headers: HTTPHeaders = [:],
        as user: String = "anna"
    ) async -> Answer {
        await send(method, target, bytes: Array((body?.description ?? "").utf8), headers: headers, as: user)
    }

    func send(
        _ method: HTTPMethod,
        _ target: String,
        bytes: [UInt8],
        contentType: String = "application/json",
        headers: HTTPHeaders = [:],
        as user: String = "anna"
    ) async -> Answer {
        var headers = headers
        headers["Content-Type"] = contentType
        headers["X-Test-User"] = user
        let request = HTTPRequest(method, target, headers: headers, body: bytes)
        do {
            return Answer(try await router.respond(to: request, ()))
        } catch {
            return Answer(renderer.render(error, for: request))
        }
    }

    func post(_ target: String, _ body: JSONValue, as user: String = "anna") async -> Answer {
        await send(.post, target, body, as: user)
    }

    func get(_ target: String, as user: String = "anna") async -> Answer {
        await send(.get, target, as: user)
    }

    func delete(_ target: String, as user: String = "anna") async -> Answer {
        await send(.delete, target, as: user)
    }

    /// One turn of a context session that must succeed.
    func pull(_ body: JSONValue, as user: String = "anna") async throws -> JSONValue {
        try await post("/context/multi_turn", body, as: user).json(status: 200)
    }
}
