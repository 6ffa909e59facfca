/// The best matches so far: a binary heap with the worst of them at its root.
struct TopMatches {
    private let limit: Int
    private let allowed: [UInt64]?
    private var heap: [KeywordMatch] = []
    /// What a score must exceed to get in.
    ///
    /// Slots come in ascending order, hence an equal score comes too late.
    private var threshold: Float = 0

    init(limit: Int, allowed: [UInt64]?) {
        self.limit = limit
        self.allowed = allowed
        heap.reserveCapacity(min(limit, 1024))
    }

    /// Scores are compared by the group.
    typealias Group = SIMD16<Float>
    static let lanes = Group.scalarCount

    /// Whether the filter allows any of `count` slots, both multiples of 64.
    func mayTake(from start: UInt32, count: Int) -> Bool {
        guard let allowed else { return true }
        let first = min(Int(start) / 64, allowed.count)
        return allowed[first..<min(first + count / 64, allowed.count)].contains { $0 != 0 }
    }

    /// Offers every score of a window that begins at slot `start` and sets the scores to 0.
    mutating func take(_ groups: UnsafeMutableBufferPointer<Group>, from start: UInt32) {
        for index in groups.indices {
            let group = groups[index]
            groups[index] = .zero
            guard any(group .> Group(repeating: threshold)) else { continue }
            for lane in 0..<Self.lanes where group[lane] > threshold {
                offer(KeywordMatch(slot: start + UInt32(index * Self.lanes + lane), score: group[lane]))
            }
        }
    }

    func sorted() -> [KeywordMatch] {
        heap.sorted { Self.isWorse($1, $0) }
    }

    private mutating func offer(_ match: KeywordMatch) {
        if let allowed {
            let word = Int(match.slot / 64)
            guard word < allowed.count, allowed[word] >> UInt64(match.slot % 64) & 1 == 1 else { return }
        }
        if heap.count < limit {
            heap.append(match)
            siftUp()
        } else {
            heap[0] = match
            siftDown()
        }
        if heap.count == limit { threshold = heap[0].score }
    }

    private static func isWorse(_ a: KeywordMatch, _ b: KeywordMatch) -> Bool {
        a.score < b.score || (a.score == b.score && a.slot > b.slot)
    }

    private mutating func siftUp() {
        var child = heap.count - 1
        while child > 0, Self.isWorse(heap[child], heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func siftDown() {
        var parent = 0
        while true {
            var worst = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && Self.isWorse(heap[child], heap[worst]) {
                worst = child
            }
            if worst == parent { return }
            heap.swapAt(worst, parent)
            parent = worst
        }
    }
}
