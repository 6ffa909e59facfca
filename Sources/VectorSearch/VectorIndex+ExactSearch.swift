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
        var searches: [ExactSearch] = []
        for query in queries {
            guard query.count == dimension else { throw .wrongDimension(expected: dimension, got: query.count) }
            let query = try UnitVector(query)
            searches.append(ExactSearch(query, k: k, filter: filter, minimumScore: minimumScore, in: self))
        }
        advance(searches, through: 0..<slots)
        return searches.map { $0.hits() }
    }

    func scan(_ wanted: Bitset, for query: borrowing PreparedQuery, into top: inout TopHits) {
        scan(wanted, words: 0..<wanted.words.count, for: query, into: &top)
    }

    func scan(
        _ wanted: Bitset,
        words: Range<Int>,
        for query: borrowing PreparedQuery,
        into top: inout TopHits
    ) {
        guard top.top.capacity > 0 else { return }
        var rows = rows.view
        var query = query.query
        let words = words.clamped(to: 0..<wanted.words.count)
        wanted.words.withUnsafeBufferPointer { mask in
            guard let mask = mask.baseAddress else { return }
            top.offer { _ = kernels.scan(&rows, &query, mask, UInt32(words.lowerBound), UInt32(words.upperBound), $0) }
        }
    }
}
