import ContextAPI
import ContextCore
import ContextEngine
import Embeddings
import HTTP
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

    private init(_ engine: Engine, _ clock: TestClock, _ limits: APILimits) {
        self.engine = engine
        self.clock = clock
        router = ContextAPI(engine: engine, metrics: Metrics(), limits: limits, authenticate: Self.principal)
            .router()
        uploads = UploadQueue(library: engine.library, now: { clock.now }, log: .disabled)
    }

    /// - Parameter embedder: `nil` leaves search to keywords, which is what most of the contract can be shown with.
    static func open(embedder: CachedEmbedder?, limits: APILimits = APILimits()) async throws -> Roost {
        let database = try await Database.open(
            DatabaseConfiguration(.memory),
            migrations: RetrievalMigrations.all + EngineMigrations.all
        )
        let index = try await LiveIndex.open(
            database: database,
            model: embedder?.model,
            dimension: embedder?.dimensions ?? 384,
            configuration: LiveIndex.Configuration(),
            log: .disabled
        )
        let library = PassageLibrary(database: database, index: index, embedder: embedder)
        let clock = TestClock()
        for user in users.values { try await library.createBuiltInCollections(in: user.home, at: clock.now) }
        return Roost(Engine(library: library, now: { clock.now }), clock, limits)
    }

    func close() async { await engine.library.database.close() }

    /// Reads every document that waits.
    func readUploads() async throws {
        while try await uploads.readNext() {}
    }

    /// By the tokenizer that the server counts with.
    func tokens(_ text: String) -> Int { engine.library.tokens.count(text) }

    static let users = ["anna": user("anna"), "ben": user("ben")].compactMapValues(\.self)

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
    embedder: CachedEmbedder? = nil,
    limits: APILimits = APILimits(),
    _ body: (Roost) async throws -> Void
) async throws {
    let roost = try await Roost.open(embedder: embedder, limits: limits)
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
        as user: String = "anna"
    ) async -> Answer {
        await send(method, target, bytes: Array((body?.description ?? "").utf8), as: user)
    }

    func send(
        _ method: HTTPMethod,
        _ target: String,
        bytes: [UInt8],
        contentType: String = "application/json",
        as user: String = "anna"
    ) async -> Answer {
        let request = HTTPRequest(
            method,
            target,
            headers: ["Content-Type": contentType, "X-Test-User": user],
            body: bytes
        )
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
