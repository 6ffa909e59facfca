import ContextCore
import Embeddings
import Retrieval
import Runtime
import SQL

/// Text in, text out: whole searches over passages of made-up prose.
enum SearchBenchmark {
    static func run(_ plan: BenchmarkPlan, _ invocation: Invocation) async throws -> BenchmarkReport {
        try await FileSystem.withTemporaryDirectory { temporary in
            var configuration = invocation.configuration
            configuration.databaseURL = Secret("sqlite:\(temporary)/roost.db")
            configuration.index.snapshotPath = temporary + "/index.snapshot"
            configuration.embeddings.cacheDirectory = temporary
            configuration.database.durability = .normal
            return try await withRoost(configuration, log: invocation.log) { try await run(plan, $0, invocation) }
        }
    }

    private static func run(_ plan: BenchmarkPlan, _ roost: Roost, _ invocation: Invocation) async throws
        -> BenchmarkReport
    {
        let collection = try await roost.library.create(
            CollectionDraft(name: "bench", kind: .text),
            for: roost.principal,
            at: .now
        )
        var prose = Prose(seed: 1)
        let progress = Progress(invocation.terminal, "passages", total: plan.rows)
        for start in stride(from: 0, to: plan.rows, by: 500) {
            let drafts = (start..<min(start + 500, plan.rows)).map { number in
                PassageDraft(id: "p\(number)", fields: ["text": prose.text(words: 60)])
            }
            _ = try await roost.library.write(drafts, to: collection, at: .now)
            progress.advance(by: drafts.count)
        }
        progress.finish()
        var times: [Double] = []
        for _ in 0..<plan.queries {
            let query = RetrievalQuery(prose.text(words: 8), in: [collection], limit: 10)
            let start = MonotonicTime.now
            _ = try await roost.library.search(query, for: roost.principal)
            times.append(MonotonicTime.now.seconds(since: start) * 1_000)
        }
        return BenchmarkReport("search", milliseconds: times, rows: roost.index.count)
    }
}

/// Embeds made-up sentences of 20 and of 256 tokens, a hundred at a time.
enum EmbeddingBenchmark {
    static func run(_ plan: BenchmarkPlan, _ invocation: Invocation) async throws -> [BenchmarkReport] {
        let choice = EmbedderChoice(invocation.configuration, isCached: false)
        guard let embedder = choice.embedder else { throw CommandFailure(choice.problem ?? "there is no embedder.") }
        var prose = Prose(seed: 1)
        var reports: [BenchmarkReport] = []
        for words in [14, 190] {
            var times: [Double] = []
            for _ in 0..<max(1, plan.queries / 100) {
                let texts = (0..<100).map { _ in prose.text(words: words) }
                let start = MonotonicTime.now
                _ = try await embedder.passageVectors(for: texts)
                times += [Double](repeating: MonotonicTime.now.seconds(since: start) * 10, count: 100)
            }
            let tokens = embedder.tokenizer.count(prose.text(words: words))
            reports.append(BenchmarkReport("embed, about \(tokens) tokens", milliseconds: times))
        }
        return reports
    }
}

/// Words as natural texts have them: few are common, most are rare.
private struct Prose {
    private var generator: SeededGenerator
    private static let syllables = [
        "ka", "lo", "mi", "ter", "ran", "so", "ve", "pul", "den", "gar", "is", "on", "al", "tre",
    ]

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func text(words: Int) -> String {
        (0..<words).map { _ in word() }.joined(separator: " ")
    }

    /// The square of a uniform number favours the short and the first.
    private mutating func word() -> String {
        let share = Double.random(in: 0..<1, using: &generator)
        var number = Int(share * share * 20_000)
        var text = ""
        repeat {
            text += Self.syllables[number % Self.syllables.count]
            number /= Self.syllables.count
        } while number > 0
        return text
    }
}
