import VectorSearch

/// Searches over vectors alone, one thread: the provably exact scan, or the graph.
///
/// A round searches every query once, for each share of the rows and each beam width in turn. Recall is the share of the
/// exact answer that came back.
struct VectorBenchmark: ~Copyable {
    private static let k = 10

    private let plan: BenchmarkPlan
    private let vectors: BenchmarkVectors
    private let index: VectorIndex
    private let buildSeconds: Double?

    /// Parts of what the file at `output` gets: for each share and width in turn, `k` slots a query.
    private var found: [Int32] = []
    private var writesOutput: Bool

    private init(_ plan: BenchmarkPlan, exactBelow: Int) throws {
        let vectors = try BenchmarkVectors(plan)
        var configuration = VectorSearchConfiguration()
        configuration.exactBelow = exactBelow
        var index = VectorIndex(dimension: plan.dimensions, configuration: configuration)
        index.reserve(vectors.rows.count)
        for (slot, row) in vectors.rows.enumerated() { try index.set(slot, row) }
        let building = milliseconds { Self.link(&index) }
        self.plan = plan
        self.vectors = vectors
        self.index = index
        buildSeconds = exactBelow == .max ? nil : (building / 1_000).rounded(to: 2)
        writesOutput = plan.output != nil
    }

    static func exact(_ plan: BenchmarkPlan, _ rounds: BenchmarkRounds) async throws {
        var benchmark = try VectorBenchmark(plan, exactBelow: .max)
        try await rounds { try benchmark.round("exact", widths: [nil]) }
    }

    static func graph(_ plan: BenchmarkPlan, _ rounds: BenchmarkRounds) async throws {
        var benchmark = try VectorBenchmark(plan, exactBelow: 0)
        try await rounds { try benchmark.round("hnsw", widths: plan.widths) }
    }

    private static func link(_ index: inout VectorIndex) {
        while case let slots = index.slotsToLink(), !slots.isEmpty {
            for slot in slots { if let plan = index.planLink(slot) { _ = index.apply(plan) } }
        }
    }

    private mutating func round(_ subject: String, widths: [Int?]) throws -> [BenchmarkReport] {
        var reports: [BenchmarkReport] = []
        for share in plan.shares {
            let filter = share < 1 ? filter(passing: share) : nil
            for width in widths { reports.append(try measure(subject, width: width, share, filter)) }
        }
        if writesOutput, let path = plan.output {
            try found.withUnsafeBytes { try FileSystem.write(Array($0), to: path) }
            writesOutput = false
        }
        return reports
    }

    private mutating func measure(
        _ subject: String,
        width: Int?,
        _ share: Double,
        _ filter: Bitset?
    ) throws -> BenchmarkReport {
        var hits: [[VectorHit]] = []
        hits.reserveCapacity(vectors.queries.count)
        let times = try vectors.queries.map { query in
            try milliseconds { hits.append(try index.search(query, k: Self.k, filter: filter, width: width)) }
        }
        var report = BenchmarkReport(subject, milliseconds: times, rows: index.count)
        report.width = width
        report.share = share
        report.recall = width == nil ? nil : try recall(of: hits, filter)
        report.buildSeconds = buildSeconds
        if writesOutput { for hits in hits { found += slots(hits) } }
        return report
    }

    private func recall(of hits: [[VectorHit]], _ filter: Bitset?) throws -> Double {
        var common = 0
        var wanted = 0
        for (query, hits) in zip(vectors.queries, hits) {
            let truth = Set(try index.search(query, k: Self.k, filter: filter, width: .max).map(\.slot))
            common += hits.count { truth.contains($0.slot) }
            wanted += truth.count
        }
        return (Double(common) / Double(max(1, wanted))).rounded(to: 4)
    }

    /// Where fewer than `k` came back, the rest is -1.
    private func slots(_ hits: [VectorHit]) -> [Int32] {
        hits.map { Int32($0.slot) } + repeatElement(-1, count: Self.k - hits.count)
    }

    /// Rows scattered by Knuth's multiplicative hash, which others can repeat.
    private func filter(passing share: Double) -> Bitset {
        let limit = UInt32(share * 4_294_967_296)
        return Bitset(vectors.rows.indices.lazy.filter { UInt32(truncatingIfNeeded: $0) &* 2_654_435_761 < limit })
    }
}
