import ContextAPI
import ContextCore
import FoundationEssentials
import Retrieval

struct ImportCommand: Command {
    static let syntax = CommandSyntax(
        name: "import",
        summary: "Put passages, one JSON object a line, into a collection.",
        operand: .init(
            name: "FILE.jsonl",
            summary: #"Lines like {"id": "…", "fields": {…}, "metadata": {…}}, or with "text"."#
        ),
        options: [
            .value("collection", "NAME", "Where they go (required)."),
            .value("kind", "KIND", "Makes the collection if need be: error-solution, practice, code or text."),
        ]
    )

    private let file: String
    private let collection: String
    private let kind: PassageKind?

    init(_ arguments: ParsedArguments) throws(UsageError) {
        file = arguments.operands[0]
        guard let name = arguments.values["collection"] else {
            throw UsageError("--collection NAME is missing. Usage: \(Self.syntax.usage)")
        }
        collection = name
        kind = try arguments.choice("kind")
    }

    func run(_ invocation: Invocation) async throws {
        let summary = try await withRoost(invocation.configuration, log: invocation.log) { roost in
            let target = try await target(in: roost)
            var transfer = PassageImport(roost: roost, collection: target, terminal: invocation.terminal)
            try await transfer.run(file)
            if transfer.summary.hasChanged {
                try await roost.library.refreshTrust(in: target)
                try await roost.index.saveSnapshot()
            }
            roost.lateVectors.map(invocation.terminal.note)
            if !invocation.wantsJSON { roost.degraded.forEach { invocation.terminal.note("Note: \($0)") } }
            return transfer.summary
        }
        if invocation.wantsJSON {
            try invocation.print(json: summary)
        } else {
            try invocation.terminal.print("\(collection): \(summary)")
        }
        if summary.refused > 0, summary.created + summary.updated + summary.unchanged == 0 {
            throw CommandFailure("no line of \(file) could be imported.")
        }
    }

    private func target(in roost: Roost) async throws -> PassageCollection {
        do {
            return try await roost.library.collection(collection, for: roost.principal)
        } catch let error as ContextError where error.kind == .notFound {
            guard let kind else {
                let names = try await roost.collections(named: nil).map(\.name).joined(separator: ", ")
                throw CommandFailure(
                    "there is no collection “\(collection)”. There are: \(names). Add --kind text (or another kind) to make it."
                )
            }
            return try await roost.library.create(
                CollectionDraft(name: collection, kind: kind),
                for: roost.principal,
                at: .now
            )
        }
    }
}

/// One file on its way into a collection, a batch at a time.
struct PassageImport {
    struct Summary: Encodable, CustomStringConvertible {
        var created = 0
        var updated = 0
        var unchanged = 0
        var refused = 0

        /// What the collection's capacity pushed out.
        var evicted = 0

        /// Members of lines that have no meaning, each name once.
        var ignored: Set<String> = []

        var hasChanged: Bool { created + updated > 0 }

        var description: String {
            let counts = "\(created) created, \(updated) updated, \(unchanged) unchanged, \(refused) refused"
            return counts + (evicted > 0 ? ", \(evicted) pushed out by the collection's capacity" : "")
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(created, forKey: .created)
            try container.encode(updated, forKey: .updated)
            try container.encode(unchanged, forKey: .unchanged)
            try container.encode(refused, forKey: .refused)
            try container.encode(evicted, forKey: .evicted)
            try container.encode(ignored.sorted(), forKey: .ignored)
        }

        private enum CodingKeys: String, CodingKey { case created, updated, unchanged, refused, evicted, ignored }
    }

    let roost: Roost
    let collection: PassageCollection
    let terminal: Terminal
    private(set) var summary = Summary()

    private var batch: [(line: Int, draft: PassageDraft)] = []

    init(roost: Roost, collection: PassageCollection, terminal: Terminal) {
        self.roost = roost
        self.collection = collection
        self.terminal = terminal
    }

    mutating func run(_ file: String) async throws {
        var reader = try LineReader(path: file)
        let progress = Progress(terminal, "lines", total: nil)
        var number = 0
        while let line = try reader.next() {
            number += 1
            progress.advance()
            guard !line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) else { continue }
            read(line, number)
            if batch.count == min(1_000, roost.configuration.passages.batch) { try await flush() }
        }
        try await flush()
        progress.finish()
        guard !summary.ignored.isEmpty else { return }
        terminal.note(
            "Note: members without a meaning were ignored: \(summary.ignored.sorted().joined(separator: ", "))."
        )
    }

    private mutating func read(_ line: ArraySlice<UInt8>, _ number: Int) {
        do {
            let body = try JSONDecoder().decode(RequestBody<PassageBody>.self, from: Data(line))
            batch.append((number, try body.value.draft(as: collection.kind)))
            summary.ignored.formUnion(body.ignored)
        } catch let error as DecodingError {
            refuse(number, error.reason)
        } catch let error as ContextError {
            refuse(number, error.message)
        } catch {
            refuse(number, "\(error)")
        }
    }

    private mutating func flush() async throws {
        guard !batch.isEmpty else { return }
        let receipt = try await roost.library.write(batch.map(\.draft), to: collection, at: .now)
        for error in receipt.errors { refuse(batch[error.index].line, error.message) }
        summary.created += receipt.created
        summary.updated += receipt.updated
        summary.unchanged += receipt.unchanged
        summary.evicted += receipt.evicted
        batch = []
    }

    private mutating func refuse(_ line: Int, _ reason: String) {
        summary.refused += 1
        terminal.note("line \(line): \(reason)")
    }
}

extension DecodingError {
    /// What is wrong with a line, without the decoder's types.
    var reason: String {
        switch self {
        case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
            "“\(context.codingPath.map(\.stringValue).joined(separator: "."))” is not a \(Self.name(of: type))."
        case .keyNotFound(let key, _): "“\(key.stringValue)” is missing."
        case .dataCorrupted: "not valid JSON: \(sentence)"
        @unknown default: "not valid JSON."
        }
    }

    private static func name(of type: any Any.Type) -> String {
        type == String.self ? "text" : "JSON object of the right form"
    }
}
