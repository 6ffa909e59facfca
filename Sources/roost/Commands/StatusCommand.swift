import ContextCore
import Retrieval
import Runtime
import SQL

struct StatusCommand: Command {
    static let syntax = CommandSyntax(name: "status", summary: "Show what is there, and what is missing.")

    init(_ arguments: ParsedArguments) {}

    func run(_ invocation: Invocation) async throws {
        let server = ServerLock.holder(in: invocation.configuration.dataDirectory)
        let report = try await withRoost(existing: true, invocation.configuration, log: invocation.log) { roost in
            try await StatusReport(roost, server, unused: invocation.configuration.unused(invocation.effective))
        }
        if invocation.wantsJSON {
            try invocation.print(json: report)
        } else {
            try invocation.terminal.print(report.text)
        }
    }
}

struct StatusReport: Encodable {
    struct Collection: Encodable {
        let name: String
        let kind: PassageKind
        let passages: Int
    }

    let version: String
    let data: String
    let database: String

    /// The embedder's name; `nil` while searches are on keywords alone.
    let model: String?
    let passages: Int

    /// The last change that the index has followed.
    let revision: Int64
    let collections: [Collection]

    /// `nil` while no server works on this data directory.
    let server: Server?

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

    init(_ roost: Roost, _ server: ServerLock.Holder?, unused: [String]) async throws {
        version = Product.version
        data = roost.configuration.dataDirectory
        switch try roost.configuration.databaseConfiguration.location {
        case .file(let path): database = path
        case .memory: database = "in memory"
        }
        model = roost.library.embedderName
        passages = roost.index.count
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
            "database    \(database)",
            "model       \(model ?? "none: searches are on keywords alone")",
            "index       \(passages) passages, revision \(revision)",
            "server      \(server?.text ?? "not running")",
            "collections",
        ]
        let rows = collections.map {
            "  \($0.name.padded(to: width))  \($0.kind.rawValue.padded(to: 14))  \($0.passages)"
        }
        return (lines + rows + degraded.map { "Note: \($0)" }).joined(separator: "\n")
    }
}
