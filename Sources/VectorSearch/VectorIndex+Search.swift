extension VectorIndex {
    /// The `k` rows most similar to `query`, best first, ties by slot.
    ///
    /// Fewer than `k` come back only when fewer rows have a vector, pass `filter` and reach `minimumScore`. The answer
    /// is exact when there is no graph, when `width` is `.max`, and when the filter leaves few rows; otherwise `width`
    /// (by default the configuration's `searchWidth`) trades time for recall.
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
        let request = GraphRequest(k: min(k, matches), matches: matches, width: width ?? configuration.searchWidth)
        guard request.k > 0 else { return [] }
        var top = TopHits(request.k, minimumScore: minimumScore)
        if let width = beamWidth(for: request) {
            searchGraph(query, request, width: width, wanted: wanted, isFiltered: filter != nil, into: &top)
        } else {
            scan(wanted, for: query, into: &top)
        }
        return top.sorted()
    }
}
