import ContextAPI
import ContextCore
import ContextEngine
import HTTP
import LanguageModels
import Retrieval
import Runtime

struct ServeCommand: Command {
    static let syntax = CommandSyntax(
        name: "serve",
        summary: "Run the server.",
        options: [
            .value("host", "ADDRESS", "Address to listen on (default: 127.0.0.1)."),
            .value("port", "PORT", "Port to listen on, 0 for a free one (default: 8092)."),
        ]
    )

    let overrides: [ConfigurationReader.Override]

    init(_ arguments: ParsedArguments) throws(UsageError) {
        var overrides: [ConfigurationReader.Override] = []
        if let host = arguments.values["host"] { overrides.append(("server.host", .string(host), "--host")) }
        if let port = try arguments.integer("port", in: 0...65_535) {
            overrides.append(("server.port", .number(Double(port)), "--port"))
        }
        self.overrides = overrides
    }

    var endsBySignal: Bool { true }

    func run(_ invocation: Invocation) async throws {
        let configuration = try invocation.configuration.serverConfiguration
        let lock = try ServerLock(
            directory: invocation.configuration.dataDirectory,
            database: try invocation.configuration.databaseConfiguration.path
        )
        for sentence in invocation.configuration.unused(invocation.effective) { invocation.log.warning(sentence) }
        let metrics = Metrics()
        try await withRoost(invocation.configuration, log: invocation.log, metrics: metrics) { roost in
            for sentence in roost.degraded { invocation.log.warning(sentence) }
            let errors = ErrorRenderer(log: invocation.log)
            let server = HTTPServer(
                configuration,
                router: roost.api(errors: errors).router(),
                log: invocation.log,
                metrics: roost.metrics,
                renderError: { errors.render($0, for: $1) }
            )
            let announcement = Announcement(server: server) { port in
                let address = configuration.address(port: port)
                lock.note(address)
                // A server without a standard output serves all the same; the log has the address as well.
                if invocation.wantsJSON {
                    try? invocation.print(json: ["address": address])
                } else {
                    try? invocation.terminal.print("Roost is ready at \(address)")
                }
            }
            try await ServiceGroup(
                roost.services(log: invocation.log) + [("http", server), ("announcement", announcement)],
                stop: invocation.stop,
                log: invocation.log
            ).run()
        }
    }
}

/// Says once that the server is ready.
private struct Announcement: Service {
    let server: HTTPServer
    let announce: @Sendable (UInt16) throws -> Void

    func run() async throws {
        try announce(try await server.ready.wait())
        try await Latch<Void>().wait()
    }
}

extension Roost {
    fileprivate func api(errors: ErrorRenderer) -> ContextAPI {
        var sockets = configuration.sockets
        sockets.limits.messageBytes = configuration.server.limits.webSocketMessage
        return ContextAPI(
            engine: engine,
            metrics: metrics,
            limits: configuration.api,
            embeddingLimits: configuration.embeddings.limits,
            sockets: sockets,
            errors: errors
        )
    }

    /// What runs beside the server; each may rely on those before it.
    fileprivate func services(log: Log) -> [(name: String, service: any Service)] {
        var services: [(name: String, service: any Service)] = [
            ("index", index),
            ("uploads", UploadQueue(library: library, attempts: configuration.uploadAttempts, now: { .now }, log: log)),
            (
                "sweeper",
                ExpirySweeper(database: database, configuration: configuration.context, now: { .now }, log: log)
            ),
        ]
        let (conversations, summarizer) = (engine.conversations, engine.summarizer)
        services.append(
            (
                "summaries",
                ConversationSummaries(conversations: conversations, summarizer: summarizer, now: { .now }, log: log)
            )
        )
        services.append(("tasks", CompactionWorker(tasks: engine.compactionTasks, now: { .now }, log: log)))
        services.append(("rag sessions", RAGSessionSweeper(sessions: engine.ragSessions, log: log)))
        if let webhook { services.append(("webhook", webhook)) }
        services.append(("trust", TrustKeeper(library: library, log: log)))
        if let keeper = EmbeddingKeeper(library: library, batch: configuration.embeddings.batchSize, log: log) {
            services.append(("embeddings", keeper))
        }
        return services
    }
}
