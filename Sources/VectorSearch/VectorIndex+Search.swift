import CVectorKernels

extension VectorIndex {
    /// The `k` rows most similar to `query`, best first, ties by slot.
    ///
    /// Fewer than `k` come back only when fewer rows have a vector, pass `filter` and reach `minimumScore`. The answer is exact
    /// when there is no graph, when `width` is `.max`, and when the filter leaves few rows; otherwise `width` (by default the
    /// configuration's `searchWidth`) trades time for recall.
    package func search(
        _ query: [Float],
        k: Int,
        filter: Bitset? = nil,
        minimumScore: Float = -.infinity,
        width: Int? = nil
    ) throws(VectorError) -> [VectorHit] {
        try query.withUnsafeBufferPointer { (query) throws(VectorError) in
            try search(query, k: k, filter: filter, minimumScore: minimumScore, width: width)
        }
    }

    /// The same for numbers that already lie in memory.
    package func search(
        _ query: UnsafeBufferPointer<Float>,
        k: Int,
        filter: Bitset? = nil,
        minimumScore: Float = -.infinity,
        width: Int? = nil
    ) throws(VectorError) -> [VectorHit] {
        let query = try PreparedQuery(query, for: rows, with: kernels)
        let wanted = filter.map(live.intersection) ?? live
        let matches = filter == nil ? count : wanted.count
        var top = TopHits(min(max(0, k), matches), minimumScore: minimumScore)
        guard top.top.capacity > 0 else { return [] }
        let width = width ?? configuration.searchWidth
        let request = GraphRequest(k: Int(top.top.capacity), matches: matches, width: width)
        if let width = beamWidth(for: request) {
            searchGraph(query, request, width: width, wanted: wanted, isFiltered: filter != nil, into: &top)
        } else {
            scan(wanted, for: query, into: &top)
        }
        return top.sorted()
    }

    /// Exact answers for several queries in one pass over the rows, which then are read from memory once.
    package func searchExactly(
        _ queries: [[Float]],
        k: Int,
        filter: Bitset? = nil,
        minimumScore: Float = -.infinity
    ) throws(VectorError) -> [[VectorHit]] {
        let wanted = filter.map(live.intersection) ?? live
        let capacity = min(max(0, k), wanted.count)
        var batch: [ScanTask] = []
        for query in queries {
            try query.withUnsafeBufferPointer { (query) throws(VectorError) in
                let query = try PreparedQuery(query, for: rows, with: kernels)
                batch.append(ScanTask(query, TopHits(capacity, minimumScore: minimumScore)))
            }
        }
        guard capacity > 0 else { return queries.map { _ in [] } }
        for start in stride(from: 0, to: wanted.words.count, by: Self.wordsPerPass) {
            for task in batch {
                scan(wanted, words: start..<start + Self.wordsPerPass, for: task.query, into: &task.top)
            }
        }
        return batch.map { $0.hits() }
    }

    /// 1,024 rows: their codes fit in the second-level cache together with the queries.
    private static var wordsPerPass: Int { 16 }

    // MARK: Exact

    private func scan(_ wanted: Bitset, for query: borrowing PreparedQuery, into top: inout TopHits) {
        scan(wanted, words: 0..<wanted.words.count, for: query, into: &top)
    }

    private func scan(
        _ wanted: Bitset,
        words: Range<Int>,
        for query: borrowing PreparedQuery,
        into top: inout TopHits
    ) {
        var rows = rows.view
        var query = query.query
        let words = words.clamped(to: 0..<wanted.words.count)
        wanted.words.withUnsafeBufferPointer { mask in
            guard let mask = mask.baseAddress else { return }
            top.offer { _ = kernels.scan(&rows, &query, mask, UInt32(words.lowerBound), UInt32(words.upperBound), $0) }
        }
    }

    // MARK: Graph

    private struct GraphRequest {
        var k: Int
        var matches: Int
        var width: Int
    }

    /// How wide the beam over the graph has to be, or `nil` if an exact scan is the better way.
    ///
    /// The beam keeps the best nodes whether or not they match, so of a beam of width w only the share of matching rows comes
    /// out: the width is divided by that share. A beam step costs as much as `rowsPerBeamStep` rows of a scan.
    private func beamWidth(for request: GraphRequest) -> Int? {
        guard !graph.isEmpty, request.width < .max / 2, linkedCount >= configuration.exactBelow else { return nil }
        let share = Double(request.matches) / Double(max(count, 1)) * Double(linkedCount) / Double(graph.nodeCount)
        let width = Double(max(request.width, request.k + request.k / 2)) / max(share, 1e-9)
        guard width <= Double(max(configuration.widestBeam, request.width)) else { return nil }
        let scanned = request.matches * linkedCount / max(count, 1)
        return Int(width) * configuration.rowsPerBeamStep < scanned ? Int(width) : nil
    }

    /// Beam search, exact scores for what it found, exact scan of the pending rows, and of all if the graph found too few.
    private func searchGraph(
        _ query: borrowing PreparedQuery,
        _ request: GraphRequest,
        width: Int,
        wanted: Bitset,
        isFiltered: Bool,
        into top: inout TopHits
    ) {
        let linked = pendingCount == 0 ? wanted : wanted.subtracting(pending)
        let found = withBeam(query, width: width) { beam in rerank(beam, linked, for: query, into: &top) }
        // A filter that keeps the rows far from the query leaves only the ragged end of the beam: ask for a margin.
        let linkedMatches = pendingCount == 0 ? request.matches : linked.count
        let enough = min(isFiltered ? 2 * request.k : request.k, linkedMatches)
        guard found >= enough else {
            top.removeAll()
            return scan(wanted, for: query, into: &top)
        }
        if pendingCount > 0 { scan(wanted.intersection(pending), for: query, into: &top) }
    }

    private func rerank(
        _ beam: UnsafeBufferPointer<vs_hit>,
        _ wanted: Bitset,
        for query: borrowing PreparedQuery,
        into top: inout TopHits
    ) -> Int {
        var rows = rows.view
        var query = query.query
        // The kernel looks up any node, also one beyond the last wanted slot.
        var mask = wanted
        mask.reserve(graph.slots)
        return mask.words.withUnsafeBufferPointer { mask in
            guard let mask = mask.baseAddress, let hits = beam.baseAddress else { return 0 }
            return top.offer { Int(kernels.rerank(&rows, &query, hits, UInt32(beam.count), mask, $0)) }
        }
    }

    private func withBeam<Result>(
        _ query: borrowing PreparedQuery,
        width: Int,
        _ body: (UnsafeBufferPointer<vs_hit>) -> Result
    ) -> Result {
        var query = query.query
        var rows = rows.view
        var view = graph.view
        let entry = kernels.descend(&rows, &view, &query, graph.entry, UInt32(graph.highestLevel), 0)
        return withBeam(&query, from: entry, level: 0, width: width, body)
    }

    /// Beam search on one level; the hits are best first.
    func withBeam<Result>(
        _ query: inout vs_query,
        from entry: UInt32,
        level: Int,
        width: Int,
        _ body: (UnsafeBufferPointer<vs_hit>) -> Result
    ) -> Result {
        var rows = rows.view
        var view = graph.view
        return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: (graph.slots + 63) / 64) { visited in
            withUnsafeTemporaryAllocation(of: vs_hit.self, capacity: width) { beam in
                // Both have room for at least one element, so that their addresses exist.
                guard let first = beam.baseAddress, let marks = visited.baseAddress else {
                    preconditionFailure("the graph has a node and the beam a width")
                }
                let count = kernels.beam(&rows, &view, &query, entry, UInt32(level), UInt32(width), first, marks)
                return body(UnsafeBufferPointer(start: first, count: Int(count)))
            }
        }
    }
}

/// One query of a batch: an array can't hold values that can't be copied.
private final class ScanTask {
    let query: PreparedQuery
    var top: TopHits

    init(_ query: consuming PreparedQuery, _ top: consuming TopHits) {
        self.query = query
        self.top = top
    }

    func hits() -> [VectorHit] { top.sorted() }
}
