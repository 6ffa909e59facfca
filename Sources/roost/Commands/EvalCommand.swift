import ContextCore
import Retrieval
import Runtime
import SQL

struct EvalCommand: Command {
    static let syntax = CommandSyntax(
        name: "eval",
        summary: "Measure retrieval on a test collection in BEIR's layout.",
        operand: .init(name: "DIR", summary: "Has corpus.jsonl, queries.jsonl and qrels/test.tsv."),
        options: [.value("mode", "MODE", "hybrid (default), vector or keyword.")]
    )

    private let directory: String
    private let mode: SearchMode

    init(_ arguments: ParsedArguments) throws(UsageError) {
        directory = arguments.operands[0]
        mode = try arguments.choice("mode") ?? .hybrid
    }

    func run(_ invocation: Invocation) async throws {
        let tests = try TestCollection(directory: directory)
        let report = try await FileSystem.withTemporaryDirectory { temporary in
            try await withRoost(configuration(invocation.configuration, temporary), log: invocation.log) { roost in
                for sentence in roost.degraded where mode != .keyword { invocation.terminal.note("Note: \(sentence)") }
                let evaluation = try await Evaluation(tests, in: roost, invocation.terminal)
                return try await evaluation.measure(mode, roost)
            }
        }
        if invocation.wantsJSON {
            try invocation.print(json: report)
        } else {
            try invocation.terminal.print(report.text)
        }
    }

    /// A database that is gone afterwards.
    ///
    /// Searches by words alone need no vectors.
    private func configuration(_ configured: Configuration, _ temporary: String) -> Configuration {
        var configuration = configured
        configuration.databaseURL = Secret("sqlite:\(temporary)/roost.db")
        configuration.index.snapshotPath = temporary + "/index.snapshot"
        configuration.database.durability = .normal
        if mode == .keyword { configuration.search.isEnabled = false }
        return configuration
    }
}

struct EvaluationReport: Encodable {
    let ndcg: Double
    let recall: Double
    let reciprocalRank: Double
    let queries: Int
    let p50: Double
    let p99: Double
    let mode: SearchMode
    let documents: Int
    let indexingSeconds: Double

    private enum CodingKeys: String, CodingKey {
        case queries, mode, documents
        case ndcg = "ndcg@10"
        case recall = "recall@10"
        case reciprocalRank = "mrr@10"
        case p50 = "p50_ms"
        case p99 = "p99_ms"
        case indexingSeconds = "indexing_s"
    }

    var text: String {
        """
        \(mode.rawValue): nDCG@10 \(ndcg)  recall@10 \(recall)  MRR@10 \(reciprocalRank)
        \(queries) queries over \(documents) documents: p50 \(p50) ms, p99 \(p99) ms; indexed in \(indexingSeconds) s
        """
    }
}

/// A test collection in a store of its own.
///
/// A document is one passage, title and text: of a long one the words count in full, and its vector is the mean of its windows'.
struct Evaluation {
    private let tests: TestCollection
    private let collection: PassageCollection
    private let indexingSeconds: Double

    init(_ tests: TestCollection, in roost: Roost, _ terminal: Terminal) async throws {
        self.tests = tests
        collection = try await roost.library.create(
            CollectionDraft(name: "evaluation", kind: .text),
            for: roost.principal,
            at: .now
        )
        let progress = Progress(terminal, "documents", total: tests.documents.count)
        for start in stride(from: 0, to: tests.documents.count, by: Self.batch) {
            let documents = tests.documents[start..<min(start + Self.batch, tests.documents.count)]
            let drafts = documents.map {
                PassageDraft(id: $0.id, fields: ["title": $0.title ?? "", "text": $0.text])
            }
            let receipt = try await roost.library.write(drafts, to: collection, at: .now)
            for error in receipt.errors { terminal.note("document \(error.id ?? "?"): \(error.message)") }
            progress.advance(by: documents.count)
        }
        progress.finish()
        try await roost.library.probeTrust(in: collection)
        indexingSeconds = progress.seconds
    }

    private static let batch = 500

    func measure(_ mode: SearchMode, _ roost: Roost) async throws -> EvaluationReport {
        var measures: [RankingMeasures] = []
        var milliseconds: [Double] = []
        for query in tests.queries {
            let start = MonotonicTime.now
            let outcome = try await roost.library.search(
                RetrievalQuery(query.text, mode: mode, in: [collection], limit: RankingMeasures.depth),
                for: roost.principal
            )
            milliseconds.append(MonotonicTime.now.seconds(since: start) * 1_000)
            let judgements = tests.judgements[query.id] ?? [:]
            measures.append(RankingMeasures(ranking: outcome.hits.map(\.passage.id), judgements: judgements))
        }
        let times = Percentiles(milliseconds)
        func mean(_ value: (RankingMeasures) -> Double) -> Double {
            (measures.map(value).reduce(0, +) / Double(max(1, measures.count))).rounded(to: 4)
        }
        return EvaluationReport(
            ndcg: mean(\.ndcg),
            recall: mean(\.recall),
            reciprocalRank: mean(\.reciprocalRank),
            queries: measures.count,
            p50: times[0.5].rounded(to: 3),
            p99: times[0.99].rounded(to: 3),
            mode: mode,
            documents: tests.documents.count,
            indexingSeconds: indexingSeconds.rounded(to: 1)
        )
    }
}
