import ContextCore
import Retrieval
import Runtime

/// What an SDK does with the vectors of one socket, below the socket: upload, search, search with company, search filtered.
///
/// Times are those that a client's task waits for: turns, ids and metadata of the hits are in them, JSON is not.
struct SessionBenchmark {
    private static let k = 10

    /// Rows of an upload and searches at once, as clients send them.
    private static let uploadRows = 1_000
    private static let together = 16

    private let plan: BenchmarkPlan
    private let vectors: BenchmarkVectors
    private let uploads: [VectorUpload]
    private let store: SessionVectorStore
    private let session: SessionVectors

    static func run(_ plan: BenchmarkPlan, _ rounds: BenchmarkRounds) async throws {
        let benchmark = try SessionBenchmark(plan)
        for upload in benchmark.uploads { _ = try await benchmark.session.store(upload, replacing: false) }
        try await benchmark.writeOutput()
        try await rounds { try await benchmark.round() }
    }

    private init(_ plan: BenchmarkPlan) throws {
        self.plan = plan
        vectors = try BenchmarkVectors(plan)
        uploads = Self.uploads(of: vectors.rows)
        var limits = SessionVectorLimits()
        limits.vectorsPerSession = max(limits.vectorsPerSession, plan.rows)
        store = SessionVectorStore(dimensions: plan.dimensions, limits: limits)
        session = store.openSession()
    }

    private static func uploads(of rows: [[Float]]) -> [VectorUpload] {
        stride(from: 0, to: rows.count, by: uploadRows).map { start in
            let numbers = start..<min(start + uploadRows, rows.count)
            return VectorUpload(
                rows: numbers.map { number in
                    .init(id: .number("\(number)"), metadata: #"{"source":"\#(number % 100).pdf","page":\#(number)}"#)
                },
                numbers: numbers.flatMap { rows[$0] }
            )
        }
    }

    private func round() async throws -> [BenchmarkReport] {
        let filter = MetadataFilter.equals(path: "source", "7.pdf")
        return [
            try await uploading(),
            try await searching("session, search"),
            try await searching("session, one row in a hundred", filter: filter),
            try await searchingTogether(),
        ]
    }

    /// The first rows into an empty session, again and again.
    private func uploading() async throws -> BenchmarkReport {
        var times: [Double] = []
        for _ in 0..<max(10, plan.queries / 10) {
            let session = store.openSession()
            defer { session.close() }
            let start = MonotonicTime.now
            _ = try await session.store(uploads[0], replacing: false)
            times.append(MonotonicTime.now.seconds(since: start) * 1_000)
        }
        return BenchmarkReport("session, upload", milliseconds: times, rows: uploads[0].rows.count)
    }

    private func searching(_ subject: String, filter: MetadataFilter? = nil) async throws -> BenchmarkReport {
        var times: [Double] = []
        for query in vectors.queries {
            let start = MonotonicTime.now
            _ = try await session.search(query, count: Self.k, filter: filter)
            times.append(MonotonicTime.now.seconds(since: start) * 1_000)
        }
        return BenchmarkReport(subject, milliseconds: times, rows: session.count)
    }

    /// Times are those of a search in its group, from the first one's question to the last one's answer.
    private func searchingTogether() async throws -> BenchmarkReport {
        var times: [Double] = []
        for first in stride(from: 0, to: vectors.queries.count, by: Self.together) {
            let group = vectors.queries[first..<min(first + Self.together, vectors.queries.count)]
            let start = MonotonicTime.now
            try await withThrowingTaskGroup { tasks in
                for query in group { tasks.addTask { _ = try await session.search(query, count: Self.k) } }
                try await tasks.waitForAll()
            }
            let each = MonotonicTime.now.seconds(since: start) * 1_000 / Double(group.count)
            times += repeatElement(each, count: group.count)
        }
        return BenchmarkReport("session, \(Self.together) searches at once", milliseconds: times, rows: session.count)
    }

    /// `k` slots a query, -1 where fewer came back.
    private func writeOutput() async throws {
        guard let path = plan.output else { return }
        var found: [Int32] = []
        for query in vectors.queries {
            let slots = try await session.search(query, count: Self.k).hits.compactMap { Int32($0.id.text) }
            found += slots + repeatElement(-1, count: Self.k - slots.count)
        }
        try found.withUnsafeBytes { try FileSystem.write(Array($0), to: path) }
    }
}
