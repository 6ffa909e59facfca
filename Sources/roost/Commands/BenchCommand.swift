import Runtime

struct BenchCommand: Command {
    enum Subject: String, CaseIterable { case exact, hnsw, embed, search }

    static let syntax = CommandSyntax(
        name: "bench",
        summary: "Measure one part of this program on this machine.",
        operand: .init(name: "SUBJECT", summary: "exact, hnsw, embed or search."),
        options: [
            .value("rows", "N", "Rows to search (default: 10000)."),
            .value("dimensions", "N", "Numbers of a row (default: 384)."),
            .value(
                "vectors",
                "FILE",
                "hnsw: 32-bit floats, little endian, row after row; otherwise clustered random ones."
            ),
            .value("queries", "N", "Searches to time (default: 1000)."),
            .value("width", "N", "hnsw: beam width of the search (default: 64)."),
        ]
    )

    private let subject: Subject
    private let plan: BenchmarkPlan

    init(_ arguments: ParsedArguments) throws(UsageError) {
        guard let subject = Subject(rawValue: arguments.operands[0]) else {
            throw UsageError("“\(arguments.operands[0])” can't be measured: expected exact, hnsw, embed or search.")
        }
        self.subject = subject
        var plan = BenchmarkPlan()
        plan.rows = try arguments.integer("rows", in: 1...10_000_000) ?? plan.rows
        plan.dimensions = try arguments.integer("dimensions", in: 2...8_192) ?? plan.dimensions
        plan.queries = try arguments.integer("queries", in: 1...1_000_000) ?? plan.queries
        plan.width = try arguments.integer("width", in: 8...4_096) ?? plan.width
        plan.vectors = arguments.values["vectors"]
        self.plan = plan
    }

    func run(_ invocation: Invocation) async throws {
        switch subject {
        case .exact: try invocation.print(json: try VectorBenchmark.exact(plan))
        case .hnsw: try invocation.print(json: try VectorBenchmark.graph(plan))
        case .embed: try invocation.print(json: try await EmbeddingBenchmark.run(plan, invocation))
        case .search: try invocation.print(json: try await SearchBenchmark.run(plan, invocation))
        }
    }
}
