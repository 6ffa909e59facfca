import CVectorKernels

/// A row that was found, with its cosine similarity to the query.
package struct VectorHit: Equatable, Sendable {
    package var slot: Int
    /// From -1 to 1; computed in double precision from the stored unit vectors and rounded once.
    package var score: Float

    package init(slot: Int, score: Float) {
        self.slot = slot
        self.score = score
    }
}

/// The best `k` hits of one query so far.
struct TopHits: ~Copyable {
    private let hits: UnsafeMutablePointer<vs_hit>
    private(set) var top: vs_top
    private let minimumScore: Float

    init(_ k: Int, minimumScore: Float) {
        hits = .allocate(capacity: max(1, 2 * k))
        self.minimumScore = minimumScore
        top = vs_top(
            hits: hits,
            count: 0,
            capacity: UInt32(k),
            threshold: minimumScore,
            bounds: hits + k,
            bounded: 0
        )
    }

    deinit {
        hits.deallocate()
    }

    mutating func offer<Result>(_ body: (UnsafeMutablePointer<vs_top>) -> Result) -> Result {
        withUnsafeMutablePointer(to: &top, body)
    }

    mutating func removeAll() {
        top.count = 0
        top.bounded = 0
        top.threshold = minimumScore
    }

    /// The hits best first, ties by slot; nothing can be offered afterwards.
    mutating func sorted() -> [VectorHit] {
        vs_top_sort(&top)
        return (0..<Int(top.count)).map { VectorHit(slot: Int(hits[$0].slot), score: hits[$0].score) }
    }
}
