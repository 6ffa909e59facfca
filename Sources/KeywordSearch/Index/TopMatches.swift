/// The best matches so far: a binary heap with the worst of them at its root.
///
/// A match is one number, its score's bits above the complement of its slot. Scores are positive, and the bits of positive
/// floating-point numbers order as the numbers do: the greater number is the better match, of equal scores the one in
/// the lower slot.
struct TopMatches {
    private let limit: Int
    private let allowed: [UInt64]?
    private var heap: [UInt64] = []
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
                offer(slot: start + UInt32(index * Self.lanes + lane), score: group[lane])
            }
        }
    }

    func sorted() -> [KeywordMatch] {
        heap.sorted(by: >).map { KeywordMatch(slot: ~UInt32(truncatingIfNeeded: $0), score: Self.score(of: $0)) }
    }

    private mutating func offer(slot: UInt32, score: Float) {
        if let allowed {
            let word = Int(slot / 64)
            guard word < allowed.count, allowed[word] >> UInt64(slot % 64) & 1 == 1 else { return }
        }
        let match = UInt64(score.bitPattern) << 32 | UInt64(~slot)
        if heap.count < limit {
            heap.append(match)
            siftUp()
        } else {
            heap[0] = match
            siftDown()
        }
        if heap.count == limit { threshold = Self.score(of: heap[0]) }
    }

    private static func score(of match: UInt64) -> Float { Float(bitPattern: UInt32(match >> 32)) }

    private mutating func siftUp() {
        var child = heap.count - 1
        while child > 0, heap[child] < heap[(child - 1) / 2] {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func siftDown() {
        heap.withUnsafeMutableBufferPointer { heap in
            let match = heap[0]
            var hole = 0
            while case let left = 2 * hole + 1, left < heap.count {
                let right = min(left + 1, heap.count - 1)
                let worse = heap[right] < heap[left] ? right : left
                guard heap[worse] < match else { break }
                heap[hole] = heap[worse]
                hole = worse
            }
            heap[hole] = match
        }
    }
}
