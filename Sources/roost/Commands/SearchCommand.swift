import ContextAPI
import ContextCore
import Retrieval
import Runtime

struct SearchCommand: Command {
    static let syntax = CommandSyntax(
        name: "search",
        summary: "Find passages.",
        operand: .init(name: "QUERY", summary: "What to look for.", count: 1...64),
        options: [
            .value("collection", "NAME", "Only this collection (default: all)."),
            .value("mode", "MODE", "hybrid (default), vector or keyword."),
            .value("limit", "N", "Results, 1 to 100 (default: vector_search.top_k)."),
            .flag("explain", "Show what each half of the search says."),
        ]
    )

    private let query: String
    private let collection: String?
    private let mode: SearchMode
    private let limit: Int?
    private let explains: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        query = arguments.operands.joined(separator: " ")
        collection = arguments.values["collection"]
        mode = try arguments.choice("mode") ?? .hybrid
        limit = try arguments.integer("limit", in: 1...100)
        explains = arguments.flags.contains("explain")
    }

    func run(_ invocation: Invocation) async throws {
        try await withRoost(existing: true, invocation.configuration, log: invocation.log) { roost in
            let collections = try await roost.collections(named: collection)
            let start = MonotonicTime.now
            let outcome = try await roost.library.search(
                RetrievalQuery(
                    query,
                    mode: mode,
                    in: collections,
                    limit: limit ?? invocation.configuration.search.limit
                ),
                for: roost.principal
            )
            let milliseconds = (MonotonicTime.now.seconds(since: start) * 1_000).rounded(to: 3)
            if invocation.wantsJSON {
                try invocation.print(writing: SearchReport(outcome, explained: explains, milliseconds: milliseconds))
            } else {
                try show(outcome, roost, invocation.terminal)
            }
        }
    }

    private func show(_ outcome: SearchOutcome, _ roost: Roost, _ terminal: Terminal) throws {
        for sentence in roost.degraded { terminal.note("Note: \(sentence)") }
        if outcome.hits.isEmpty { try terminal.print("Nothing was found.") }
        for (place, hit) in outcome.hits.enumerated() {
            let passage = hit.passage
            try terminal.print(
                "\(place + 1). \(terminal.emphasized(passage.title))  \(terminal.dimmed(passage.collection))"
            )
            try terminal.print("   \(Self.excerpt(passage.fields[passage.kind.body] ?? passage.text))")
            try terminal.print(terminal.dimmed("   \(passage.id)  \(hit.score.rounded(to: 4))"))
            if explains { try terminal.print(terminal.dimmed("   \(hit.evidence.sentence)")) }
        }
    }

    private static func excerpt(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ").clipped(to: 220)
    }
}

extension Evidence {
    fileprivate var sentence: String {
        func place(_ rank: Int?, _ score: Double?) -> String {
            let rank = rank.map { "place \($0)" } ?? "not offered"
            return score.map { "\(rank), \($0.rounded(to: 3))" } ?? rank
        }
        return "vector: \(place(vectorRank, vectorScore)); keyword: \(place(keywordRank, keywordScore)); "
            + "covers \(Int(((coverage ?? 0) * 100).rounded())) % of the query"
    }
}
