import ContextCore
import Retrieval
import Runtime
import SQL

/// Text in, text out: whole searches over passages of made-up prose.
enum SearchBenchmark {
    static func run(_ plan: BenchmarkPlan, _ rounds: BenchmarkRounds, _ invocation: Invocation) async throws {
        try await FileSystem.withTemporaryDirectory { temporary in
            var configuration = invocation.configuration
            configuration.databaseURL = Secret("sqlite:\(temporary)/roost.db")
            configuration.index.snapshotPath = temporary + "/index.snapshot"
            configuration.database.durability = .normal
            try await withRoost(configuration, log: invocation.log) { roost in
                var prose = Prose(seed: 1)
                let collection = try await fill(roost, plan, with: &prose, invocation)
                try await rounds { [try await measure(roost, collection, plan, &prose)] }
            }
        }
    }

    private static func fill(
        _ roost: Roost,
        _ plan: BenchmarkPlan,
        with prose: inout Prose,
        _ invocation: Invocation
    ) async throws -> PassageCollection {
        let collection = try await roost.library.create(
            CollectionDraft(name: "bench", kind: .text),
            for: roost.principal,
            at: .now
        )
        let progress = Progress(invocation.terminal, "passages", total: plan.rows)
        for start in stride(from: 0, to: plan.rows, by: 500) {
            let drafts = (start..<min(start + 500, plan.rows)).map { number in
                PassageDraft(id: "p\(number)", fields: ["text": prose.text(words: 60)])
            }
            _ = try await roost.library.write(drafts, to: collection, at: .now)
            progress.advance(by: drafts.count)
        }
        progress.finish()
        return collection
    }

    private static func measure(
        _ roost: Roost,
        _ collection: PassageCollection,
        _ plan: BenchmarkPlan,
        _ prose: inout Prose
    ) async throws -> BenchmarkReport {
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
