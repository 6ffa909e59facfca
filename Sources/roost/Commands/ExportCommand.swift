import ContextCore
import ContextEngine
import Retrieval
import SQL

struct ExportCommand: Command {
    enum Format: String, CaseIterable { case passages, chat, preference, raw }

    static let syntax = CommandSyntax(
        name: "export",
        summary: "Write passages or training data as JSON lines.",
        options: [
            .value("collection", "NAME", "Only this collection (default: all)."),
            .value("format", "FORMAT", "passages (default, as import takes them), chat, preference or raw."),
            .value("since", "DATE", "Training data: only what was reported since, 2026-01-05 or with a time."),
            .value("min-confidence", "X", "Training data: only reports of at least this confidence."),
        ]
    )

    private let collection: String?
    private let format: Format
    private let since: Timestamp?
    private let minimumConfidence: Double?

    init(_ arguments: ParsedArguments) throws(UsageError) {
        collection = arguments.values["collection"]
        format = try arguments.choice("format") ?? .passages
        minimumConfidence = try arguments.number("min-confidence")
        let date = arguments.values["since"]
        since = date.flatMap(Timestamp.init(iso8601:))
        if let date, since == nil {
            throw UsageError("--since is “\(date)”: expected 2026-01-05 or 2026-01-05T21:00:00Z.")
        }
        if let minimumConfidence, !(0...1).contains(minimumConfidence) {
            throw UsageError("--min-confidence is \(minimumConfidence): expected 0.0 to 1.0.")
        }
        if format == .passages, let stray = ["since", "min-confidence"].first(where: { arguments.values[$0] != nil }) {
            throw UsageError("--\(stray) chooses training data: add --format chat, preference or raw.")
        }
    }

    func run(_ invocation: Invocation) async throws {
        try await withRoost(existing: true, invocation.configuration, log: invocation.log) { roost in
            let collections = try await roost.collections(named: collection)
            guard let format = TrainingDataExport.Format(rawValue: format.rawValue) else {
                return try await exportPassages(of: collections, roost, invocation)
            }
            let selection = TrainingDataExport.Selection(
                format: format,
                since: since,
                minimumConfidence: minimumConfidence,
                collection: collection
            )
            try await TrainingDataExport(library: roost.library).forEachLine(selection, for: roost.principal) {
                try invocation.terminal.print($0)
            }
        }
    }

    private func exportPassages(of collections: [PassageCollection], _ roost: Roost, _ invocation: Invocation)
        async throws
    {
        try await roost.database.read { connection in
            for collection in collections {
                try await PassageStore.forEach(in: collection, on: connection) { passage in
                    try invocation.print(json: PassageLine(passage))
                }
            }
        }
    }
}

/// A passage as `import` takes it.
private struct PassageLine: Encodable {
    let id: String
    let fields: [String: String]
    let metadata: JSONValue?

    init(_ passage: Passage) {
        id = passage.id
        fields = passage.fields
        metadata = passage.metadata == .emptyObject ? nil : passage.metadata
    }
}
