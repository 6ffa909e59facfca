import VectorSearch

/// Searches over vectors alone, one thread.
enum VectorBenchmark {
    private static let k = 10

    /// The provably exact scan over random directions.
    static func exact(_ plan: BenchmarkPlan) throws -> BenchmarkReport {
        var configuration = VectorSearchConfiguration()
        configuration.exactBelow = .max
        let index = try filled(try vectors(plan), plan, configuration)
        let queries = try vectors(plan, seed: 2, rows: min(plan.queries, 256))
        let times = try (0..<plan.queries).map { number in
            try milliseconds { _ = try index.search(queries[number % queries.count], k: k) }
        }
        return BenchmarkReport("exact", milliseconds: times, rows: index.count)
    }

    /// The graph: its building, its speed at a beam width, and its recall against the exact scan.
    static func graph(_ plan: BenchmarkPlan) throws -> BenchmarkReport {
        var configuration = VectorSearchConfiguration()
        configuration.exactBelow = 0
        var rows = try vectors(plan)
        let held = min(rows.count / 10, plan.queries)
        let queries = Array(rows.suffix(held))
        rows.removeLast(held)
        var index = try filled(rows, plan, configuration)
        let building = milliseconds { link(&index) }
        var found = 0
        let times = try (0..<plan.queries).map { number in
            let query = queries[number % queries.count]
            return try milliseconds { _ = try index.search(query, k: k, width: plan.width) }
        }
        for query in queries {
            let truth = Set(try index.search(query, k: k, width: .max).map(\.slot))
            found += try index.search(query, k: k, width: plan.width).count { truth.contains($0.slot) }
        }
        var report = BenchmarkReport("hnsw", milliseconds: times, rows: index.count)
        report.recall = (Double(found) / Double(max(1, queries.count * k))).rounded(to: 4)
        report.buildSeconds = (building / 1_000).rounded(to: 2)
        return report
    }

    private static func link(_ index: inout VectorIndex) {
        while case let slots = index.slotsToLink(), !slots.isEmpty {
            for slot in slots { if let plan = index.planLink(slot) { _ = index.apply(plan) } }
        }
    }

    private static func filled(
        _ rows: [[Float]],
        _ plan: BenchmarkPlan,
        _ configuration: VectorSearchConfiguration
    ) throws -> VectorIndex {
        var index = VectorIndex(dimension: plan.dimensions, configuration: configuration)
        index.reserve(rows.count)
        for (slot, row) in rows.enumerated() { try index.set(slot, row) }
        return index
    }

    /// From the file, or made up: directions around a few hundred centres, as texts gather around topics.
    private static func vectors(_ plan: BenchmarkPlan, seed: UInt64 = 1, rows: Int? = nil) throws -> [[Float]] {
        if let path = plan.vectors { return try read(path, plan.dimensions) }
        var centres = SeededGenerator(seed: 0)
        var generator = SeededGenerator(seed: seed)
        func direction(_ generator: inout SeededGenerator) -> [Float] {
            (0..<plan.dimensions).map { _ in Float.random(in: -1...1, using: &generator) }
        }
        let topics = (0..<200).map { _ in direction(&centres) }
        return (0..<(rows ?? plan.rows)).map { _ in
            let topic = topics[Int.random(in: topics.indices, using: &generator)]
            return zip(topic, direction(&generator)).map { $0 + $1 }
        }
    }

    private static func read(_ path: String, _ dimensions: Int) throws -> [[Float]] {
        let bytes = try FileSystem.read(path)
        let size = dimensions * MemoryLayout<Float>.size
        guard !bytes.isEmpty, bytes.count.isMultiple(of: size) else {
            throw CommandFailure(
                "\(path) has \(bytes.count) bytes, no multiple of \(size) for rows of \(dimensions) numbers."
            )
        }
        return bytes.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: size).map { start in
                (0..<dimensions).map { bytes.loadUnaligned(fromByteOffset: start + 4 * $0, as: Float.self) }
            }
        }
    }
}
