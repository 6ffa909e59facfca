import CVectorKernels

/// The scan over all rows that are wanted, see bound.h in CVectorKernels.
extension VectorIndex {
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

    func scan(_ wanted: Bitset, for query: borrowing PreparedQuery, into top: inout TopHits) {
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
