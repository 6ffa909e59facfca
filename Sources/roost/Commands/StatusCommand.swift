import ContextCore
import LanguageModels
import Retrieval
import Runtime

struct StatusCommand: Command {
    static let syntax = CommandSyntax(
        name: "status",
        summary: "Show what is there, how each provider is, and what is missing."
    )

    init(_ arguments: ParsedArguments) {}

    func run(_ invocation: Invocation) async throws {
        let server = ServerLock.holder(in: invocation.configuration.dataDirectory)
        let report = try await withRoost(existing: true, invocation.configuration, log: invocation.log) { roost in
            try await roost.withServices {
                // The providers are asked at once; the rest is done meanwhile.
                async let models = ModelStatus.ask(roost.models)
                async let embedder = EmbedderStatus.ask(roost.library.embedder)
                return try await StatusReport(
                    roost,
                    server,
                    models: models,
                    embedder: embedder,
                    unused: invocation.configuration.unused(invocation.effective)
                )
            }
        }
        if invocation.wantsJSON {
            try invocation.print(json: report)
        } else {
            try invocation.terminal.print(report.text)
        }
    }
}
