import Runtime

enum Product {
    static let version = "0.1.0"
}

struct VersionCommand: Command {
    static let syntax = CommandSyntax(name: "version", summary: "Show the version.")

    init(_ arguments: ParsedArguments) {}

    func run(_ invocation: Invocation) async throws {
        if invocation.wantsJSON {
            try invocation.print(json: ["version": Product.version])
        } else {
            try invocation.terminal.print("roost \(Product.version)")
        }
    }
}

struct ConfigCommand: Command {
    static let syntax = CommandSyntax(
        name: "config",
        summary: "Show the effective configuration and where each value came from.",
        options: [.flag("markdown", "Write the table of all settings for the documentation.")]
    )

    private let isMarkdown: Bool

    init(_ arguments: ParsedArguments) {
        isMarkdown = arguments.flags.contains("markdown")
    }

    func run(_ invocation: Invocation) async throws {
        let report = ConfigurationReport(effective: invocation.effective)
        if isMarkdown {
            try invocation.terminal.print(String(ConfigurationReport.markdown.dropLast()))
        } else if invocation.wantsJSON {
            try invocation.print(json: report.json)
        } else {
            try invocation.terminal.print(report.text)
            for sentence in invocation.configuration.unused(invocation.effective) { invocation.terminal.note(sentence) }
        }
    }
}
