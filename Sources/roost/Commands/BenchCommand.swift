import Runtime

struct BenchCommand: Command {
    enum Subject: String, CaseIterable { case exact, hnsw, session, sessions, embed, search }

    static let syntax = CommandSyntax(
        name: "bench",
        summary: "Measure one part of this program on this machine.",
        operand: .init(name: "SUBJECT", summary: "exact, hnsw, session, sessions, embed or search."),
        options: [
            .value("rows", "N", "Rows to search (default: 10000)."),
            .value("dimensions", "N", "Numbers of a row (default: 384)."),
            .value("vectors", "FILE", "exact, hnsw, session: 32-bit floats, row after row; otherwise made-up ones."),
            .value("texts", "FILE", "embed: one text a line; otherwise made-up ones."),
            .value("batch", "N", "embed: texts of one request (default: 1000)."),
            .value("sessions", "N", "sessions: how many are open at once, each with the rows (default: 200)."),
            .value("queries", "N", "Searches to time (default: 1000); of a file of vectors the last rows."),
            .value("widths", "N,…", "hnsw: beam widths of the search (default: 64)."),
            .value("shares", "X,…", "exact, hnsw: shares of the rows that a filter lets pass (default: 1)."),
            .value("output", "FILE", "Write the slots that were found (10 a query, 32-bit), or the embeddings."),
            .flag("paced", "Say “ready”, then measure a round for each line of standard input."),
        ]
    )

    private let subject: Subject
    private let plan: BenchmarkPlan
    private let isPaced: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        guard let subject = Subject(rawValue: arguments.operands[0]) else {
            throw UsageError(
                "“\(arguments.operands[0])” can't be measured: expected exact, hnsw, session, sessions, embed or search."
            )
        }
        self.subject = subject
        var plan = BenchmarkPlan()
        plan.rows = try arguments.integer("rows", in: 1...10_000_000) ?? plan.rows
        plan.dimensions = try arguments.integer("dimensions", in: 2...8_192) ?? plan.dimensions
        plan.queries = try arguments.integer("queries", in: 1...1_000_000) ?? plan.queries
        plan.batch = try arguments.integer("batch", in: 1...10_000) ?? plan.batch
        plan.sessions = try arguments.integer("sessions", in: 1...100_000) ?? plan.sessions
        plan.widths = try Self.list("widths", in: 8...4_096, arguments) ?? plan.widths
        plan.shares = try Self.list("shares", in: 0.0001...1, arguments) ?? plan.shares
        plan.vectors = arguments.values["vectors"]
        plan.texts = arguments.values["texts"]
        plan.output = arguments.values["output"]
        self.plan = plan
        isPaced = arguments.flags.contains("paced")
    }

    private static func list<Number: LosslessStringConvertible & Comparable>(
        _ name: String,
        in range: ClosedRange<Number>,
        _ arguments: ParsedArguments
    ) throws(UsageError) -> [Number]? {
        guard let text = arguments.values[name] else { return nil }
        let parts = text.split(separator: ",")
        let numbers = parts.compactMap { Number(String($0)) }.filter(range.contains)
        guard !numbers.isEmpty, numbers.count == parts.count else {
            throw UsageError("--\(name) is “\(text)”: use \(range.lowerBound) to \(range.upperBound), commas between.")
        }
        return numbers
    }

    func run(_ invocation: Invocation) async throws {
        let rounds = BenchmarkRounds(invocation, isPaced: isPaced)
        switch subject {
        case .exact: try await VectorBenchmark.exact(plan, rounds)
        case .hnsw: try await VectorBenchmark.graph(plan, rounds)
        case .session: try await SessionBenchmark.run(plan, rounds)
        case .sessions: try await SessionMemoryBenchmark.run(plan, rounds)
        case .embed: try await EmbeddingBenchmark.run(plan, rounds, invocation)
        case .search: try await SearchBenchmark.run(plan, rounds, invocation)
        }
    }
}
