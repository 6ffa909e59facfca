import ContextCore
import Retrieval
import Runtime

struct IndexCommand: Command {
    static let syntax = CommandSyntax(
        name: "index",
        summary: "Read files and folders into a collection; unchanged files cost nothing.",
        operand: .init(name: "PATH", summary: "Files and folders.", count: 1...256),
        options: [
            .value("collection", "NAME", "Where they go (default: codebase-context)."),
            .flag("watch", "Go on and follow changes until stopped."),
        ]
    )

    private let paths: [String]
    private let collection: String
    private let watches: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        paths = arguments.operands
        collection = arguments.values["collection"] ?? "codebase-context"
        watches = arguments.flags.contains("watch")
    }

    var endsBySignal: Bool { watches }

    func run(_ invocation: Invocation) async throws {
        let roots = try paths.map { path in
            guard let root = FileSystem.absolute(path) else {
                throw CommandFailure("there is no file or folder \(path).")
            }
            return root
        }
        try await withRoost(invocation.configuration, log: invocation.log) { roost in
            if !invocation.wantsJSON { roost.degraded.forEach { invocation.terminal.note("Note: \($0)") } }
            let collection = try await roost.library.collection(collection, for: roost.principal)
            let indexer = FolderIndexer(roost: roost, collection: collection, terminal: invocation.terminal)
            try await indexer.update(roots).report(to: invocation)
            try await roost.library.refreshTrust(in: collection)
            try await roost.index.saveSnapshot()
            roost.lateVectors.map(invocation.terminal.note)
            while watches {
                try await Task.sleep(for: .seconds(2))
                let summary = try await indexer.update(roots, isQuiet: true)
                if summary.hasChanged { try summary.report(to: invocation) }
            }
        }
    }
}

extension FolderIndexer.Summary {
    fileprivate func report(to invocation: Invocation) throws {
        if invocation.wantsJSON {
            try invocation.print(json: self)
        } else {
            try invocation.terminal.print(description)
        }
    }
}
