/// One exact search that is done in pieces: several share a pass over the rows, and a long pass can pause.
///
/// ``VectorIndex/advance(_:through:)`` moves it on. The index must not change between the pieces.
///
/// `@unchecked Sendable`: whoever does the pass is the only one that holds it.
package final class ExactSearch: @unchecked Sendable {
    /// The rows that may be found.
    package let wanted: Bitset
    let query: PreparedQuery
    var top: TopHits

    /// - Parameter filter: the slots that may be found; `nil` is all of them.
    package init(
        _ query: UnitVector,
        k: Int,
        filter: Bitset? = nil,
        minimumScore: Float = -.infinity,
        in index: borrowing VectorIndex
    ) {
        precondition(query.dimension == index.dimension, "a query is checked before it gets here")
        wanted = filter.map(index.live.intersection) ?? index.live
        self.query = PreparedQuery(query, for: index.rows, with: index.kernels)
        top = TopHits(min(max(0, k), filter == nil ? index.count : wanted.count), minimumScore: minimumScore)
    }

    /// The best hits, ties by slot, when the pass is over; to be asked for once.
    package func hits() -> [VectorHit] { top.sorted() }
}

extension VectorIndex {
    /// Offers the rows in `slots` to every search; the rows are read from memory once, however many searches there are.
    ///
    /// - Parameter slots: from a multiple of 64 to a multiple of 64, or to the end.
    package func advance(_ searches: [ExactSearch], through slots: Range<Int>) {
        let words = slots.lowerBound / 64..<(slots.upperBound + 63) / 64
        for start in stride(from: words.lowerBound, to: words.upperBound, by: Self.wordsPerPass) {
            let block = start..<min(start + Self.wordsPerPass, words.upperBound)
            for search in searches { scan(search.wanted, words: block, for: search.query, into: &search.top) }
        }
    }

    /// One more than the highest slot ever in use.
    package var slots: Int { rows.slots }

    /// 1,024 rows: their codes fit in the second-level cache together with the queries.
    private static var wordsPerPass: Int { 16 }
}
