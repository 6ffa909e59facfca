/// Measures an index on the caller's own vectors, in the calling thread; for the `bench` command, never for tests.
///
/// Times are medians over the queries. Recall is the share of the exact answer that came back, the exact answer being
/// the scan's, which the tests compare with brute force.
package struct VectorBenchmark: ~Copyable {
    /// One line of the report.
    package struct Measurement: Sendable {
        package let name: String
        /// Per query or per row, as the name says.
        package let microseconds: Double
        /// `nil` where there is nothing to miss.
        package let recall: Double?
    }

    private let queries: [[Float]]
    private let k: Int
    private var index: VectorIndex
    private var measurements: [Measurement] = []
    private let clock = ContinuousClock()

    package static func run(
        rows: [[Float]],
        queries: [[Float]],
        k: Int = 10,
        widths: [Int] = [16, 24, 32, 48, 64, 96, 128],
        configuration: VectorSearchConfiguration = VectorSearchConfiguration()
    ) throws(VectorError) -> [Measurement] {
        guard let dimension = rows.first?.count, !queries.isEmpty else { return [] }
        var benchmark = VectorBenchmark(queries, k, dimension, configuration)
        try benchmark.fill(rows)
        try benchmark.measureExactSearch()
        benchmark.link()
        for width in widths { try benchmark.measure("graph, width \(width)", width: width, filter: nil) }
        try benchmark.measureFilters()
        try benchmark.measureSnapshot()
        return benchmark.measurements
    }

    private init(
        _ queries: [[Float]],
        _ k: Int,
        _ dimension: Int,
        _ configuration: VectorSearchConfiguration
    ) {
        self.queries = queries
        self.k = k
        var configuration = configuration
        // The point is to measure the graph: let it exist at any size.
        configuration.exactBelow = 0
        index = VectorIndex(dimension: dimension, configuration: configuration)
    }

    private mutating func fill(_ rows: [[Float]]) throws(VectorError) {
        let start = clock.now
        for (slot, row) in rows.enumerated() { try index.set(slot, row) }
        add("set, per row", microseconds(since: start) / Double(rows.count))
    }

    private mutating func link() {
        let start = clock.now
        while index.linkNext() > 0 {}
        add("link, per row", microseconds(since: start) / Double(max(1, index.count)))
    }

    private mutating func measureExactSearch() throws(VectorError) {
        try measure("exact", width: .max, filter: nil)
        let batch = Array(queries.prefix(16))
        var times: [Double] = []
        for _ in 0..<20 {
            let start = clock.now
            _ = try index.searchExactly(batch, k: k)
            times.append(microseconds(since: start) / Double(batch.count))
        }
        add("exact, batch of \(batch.count), per query", median(times))
    }

    /// Every second, tenth and hundredth row passes.
    private mutating func measureFilters() throws(VectorError) {
        for divisor in [2, 10, 100] {
            let filter = Bitset(index.live.lazy.filter { HNSWGraph.hash(of: $0) % UInt64(divisor) == 0 })
            try measure("filter 1/\(divisor), exact", width: .max, filter: filter)
            try measure("filter 1/\(divisor)", width: nil, filter: filter)
        }
    }

    private mutating func measureSnapshot() throws(VectorError) {
        var bytes: [UInt8] = []
        var start = clock.now
        index.writeSnapshot { bytes += $0 }
        add("snapshot, whole", microseconds(since: start))
        start = clock.now
        try bytes.withUnsafeBufferPointer { (bytes) throws(VectorError) in
            let bytes = UnsafeRawBufferPointer(bytes)
            _ = try VectorIndex(snapshot: bytes, dimension: index.dimension, configuration: index.configuration)
        }
        add("load, whole", microseconds(since: start))
    }

    private mutating func measure(_ name: String, width: Int?, filter: Bitset?) throws(VectorError) {
        var times: [Double] = []
        var recall = 0.0
        for query in queries {
            let start = clock.now
            let hits = try index.search(query, k: k, filter: filter, width: width)
            times.append(microseconds(since: start))
            let best = try index.search(query, k: k, filter: filter, width: .max)
            let found = Set(best.map(\.slot)).intersection(hits.map(\.slot)).count
            recall += Double(found) / Double(max(1, best.count))
        }
        measurements.append(
            Measurement(name: name, microseconds: median(times), recall: recall / Double(queries.count))
        )
    }

    private mutating func add(_ name: String, _ microseconds: Double) {
        measurements.append(Measurement(name: name, microseconds: microseconds, recall: nil))
    }

    private func microseconds(since start: ContinuousClock.Instant) -> Double {
        (clock.now - start) / .microseconds(1)
    }

    private func median(_ times: [Double]) -> Double {
        times.sorted()[times.count / 2]
    }
}
