/// Something that `roost` can be told to do.
protocol Command: Sendable {
    static var syntax: CommandSyntax { get }

    init(_ arguments: ParsedArguments) throws(UsageError)

    /// Settings that the command line gives.
    var overrides: [ConfigurationReader.Override] { get }

    /// Whether SIGTERM and SIGINT are its ordinary end; otherwise they are a failure.
    var endsBySignal: Bool { get }

    func run(_ invocation: Invocation) async throws
}

extension Command {
    var overrides: [ConfigurationReader.Override] { [] }
    var endsBySignal: Bool { false }
}

/// All commands, in the order of the help.
enum CommandTable {
    static let all: [any Command.Type] = [
        ServeCommand.self, IndexCommand.self, SearchCommand.self, AskCommand.self, ChatCommand.self,
        EmbedCommand.self, ImportCommand.self, ExportCommand.self, StatusCommand.self, TokenCommand.self,
        EvalCommand.self, BenchCommand.self, ConfigCommand.self, VersionCommand.self,
    ]

    static func command(_ name: String) throws(UsageError) -> any Command.Type {
        if let command = all.first(where: { $0.syntax.name == name }) { return command }
        let nearest = EditDistance.nearest(to: name, in: all.map { $0.syntax.name })
        throw UsageError(
            "roost has no command “\(name)”." + (nearest.map { " Did you mean “\($0)”?" } ?? "")
                + " roost --help lists them."
        )
    }

    static var help: String {
        """
        Roost keeps what a language model should know, and finds what belongs in its context.

        Usage: roost COMMAND [options]

        \(CommandSyntax.columns(all.map { ($0.syntax.name, $0.syntax.summary) }))

        roost COMMAND --help explains one. Exit codes: 0 done, 1 failed, 2 not understood.
        """
    }
}
