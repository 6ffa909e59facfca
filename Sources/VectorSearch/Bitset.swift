/// A set of slots, one bit each.
///
/// Slots beyond ``capacity`` are simply not in the set; inserting one grows it. All operations on two sets take their
/// different lengths in stride, and equality ignores trailing zeros. Whole-set operations cost one step per 64 slots.
package struct Bitset: Sendable {
    /// Bit `slot % 64` of word `slot / 64` says whether the slot is in the set.
    package internal(set) var words: [UInt64]

    package init() {
        words = []
    }

    /// The empty set with room for slots below `capacity`.
    package init(capacity: Int) {
        words = Array(repeating: 0, count: Self.wordCount(capacity))
    }

    /// Every slot of a range that starts at 0.
    package init(all slots: Range<Int>) {
        words = Array(repeating: .max, count: Self.wordCount(slots.upperBound))
        if slots.upperBound % 64 != 0 { words[words.count - 1] = (1 << UInt64(slots.upperBound % 64)) - 1 }
        for slot in 0..<slots.lowerBound { remove(slot) }
    }

    package init(_ slots: some Sequence<Int>) {
        self.init()
        for slot in slots { insert(slot) }
    }

    package init(words: [UInt64]) {
        self.words = words
    }

    /// How many slots fit without growing.
    package var capacity: Int { words.count * 64 }

    package var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    package var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

    package func contains(_ slot: Int) -> Bool {
        words.indices.contains(slot >> 6) && words[slot >> 6] >> UInt64(slot & 63) & 1 == 1
    }

    /// Whether the slot was new.
    @discardableResult
    package mutating func insert(_ slot: Int) -> Bool {
        reserve(slot + 1)
        let bit: UInt64 = 1 << UInt64(slot & 63)
        let isNew = words[slot >> 6] & bit == 0
        words[slot >> 6] |= bit
        return isNew
    }

    /// Whether the slot was there.
    @discardableResult
    package mutating func remove(_ slot: Int) -> Bool {
        guard contains(slot) else { return false }
        words[slot >> 6] &= ~(1 << UInt64(slot & 63))
        return true
    }

    /// Makes room for slots below `capacity`.
    package mutating func reserve(_ capacity: Int) {
        let missing = Self.wordCount(capacity) - words.count
        if missing > 0 { words.append(contentsOf: repeatElement(0, count: missing)) }
    }

    private static func wordCount(_ slots: Int) -> Int { (slots + 63) / 64 }
}
