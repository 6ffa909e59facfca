import CVectorKernels

/// The walk through the graph, and when it is worth while.
extension VectorIndex {
    struct GraphRequest {
        let k: Int
        /// Rows that have a vector and pass the filter.
        let matches: Int
        /// The beam's width if all nodes matched.
        let width: Int
    }

    /// How wide the beam over the graph has to be, or `nil` if an exact scan is the better way.
    ///
    /// The beam keeps the best nodes whether or not they match, so only the share of matching rows comes out of it: the
    /// width is divided by that share. A beam step costs as much as `rowsPerBeamStep` rows of a scan.
    func beamWidth(for request: GraphRequest) -> Int? {
        guard !graph.isEmpty, request.width < .max / 2, linkedCount >= configuration.exactBelow else { return nil }
        let share = Double(request.matches) / Double(max(count, 1)) * Double(linkedCount) / Double(graph.nodeCount)
        let width = Double(max(request.width, request.k + request.k / 2)) / max(share, 1e-9)
        guard width <= Double(max(configuration.widestBeam, request.width)) else { return nil }
        let scanned = request.matches * linkedCount / max(count, 1)
        return Int(width) * configuration.rowsPerBeamStep < scanned ? Int(width) : nil
    }

    /// Beam search, exact scores for what it found, and a scan of the pending rows, or of all if the graph found too
    /// few.
    func searchGraph(
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
