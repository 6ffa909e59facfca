extension Bitset {
    package func intersection(_ other: Bitset) -> Bitset {
        Bitset(words: zip(words, other.words).map { $0 & $1 })
    }

    package func subtracting(_ other: Bitset) -> Bitset {
        var result = self
        result.subtract(other)
        return result
    }

    package func union(_ other: Bitset) -> Bitset {
        var result = self
        result.formUnion(other)
        return result
    }

    /// The slots below `capacity` that are not in the set.
    package func complement(capacity: Int) -> Bitset {
        Bitset(all: 0..<capacity).subtracting(self)
    }

    package mutating func formUnion(_ other: Bitset) {
        reserve(other.capacity)
        combine(other) { $0 | $1 }
    }

    package mutating func formIntersection(_ other: Bitset) {
        self = intersection(other)
    }

    package mutating func subtract(_ other: Bitset) {
        combine(other) { $0 & ~$1 }
    }

    /// How many slots both sets hold, without building their intersection.
    package func intersectionCount(_ other: Bitset) -> Int {
        zip(words, other.words).reduce(0) { $0 + ($1.0 & $1.1).nonzeroBitCount }
    }

    package func isSubset(of other: Bitset) -> Bool {
        intersectionCount(other) == count
    }

    private mutating func combine(_ other: Bitset, _ operation: (UInt64, UInt64) -> UInt64) {
        var words = self.words
        self.words = []
        for index in 0..<Swift.min(words.count, other.words.count) {
            words[index] = operation(words[index], other.words[index])
        }
        self.words = words
    }
}

extension Bitset: Hashable {
    package static func == (left: Bitset, right: Bitset) -> Bool {
        let shared = Swift.min(left.words.count, right.words.count)
        return left.words.prefix(shared) == right.words.prefix(shared)
            && left.words.dropFirst(shared).allSatisfy { $0 == 0 }
            && right.words.dropFirst(shared).allSatisfy { $0 == 0 }
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(words.prefix((words.lastIndex { $0 != 0 } ?? -1) + 1))
    }
}

/// The slots in ascending order.
extension Bitset: Sequence {
    package struct Iterator: IteratorProtocol {
        private let words: [UInt64]
        private var index = -1
        private var rest: UInt64 = 0

        init(_ words: [UInt64]) {
            self.words = words
        }

        package mutating func next() -> Int? {
            while rest == 0 {
                index += 1
                guard index < words.count else { return nil }
                rest = words[index]
            }
            defer { rest &= rest - 1 }
            return index * 64 + rest.trailingZeroBitCount
        }
    }

    package func makeIterator() -> Iterator { Iterator(words) }

    package var underestimatedCount: Int { count }
}
