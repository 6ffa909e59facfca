package import ContextCore

/// Vectors of texts by the texts' hashes, each for a while.
///
/// In two generations: when the young one is full it becomes the old one, and what is asked for again moves back up.
/// Amortised O(1), at most twice the capacity. What is too old is not given out; its memory goes with its generation.
package struct VectorMemory: Sendable {
    private struct Entry {
        let vector: [Float]
        let madeAt: Timestamp
    }

    private var young: [String: Entry] = [:]
    private var old: [String: Entry] = [:]
    private let capacity: Int
    private let timeToLive: Int

    /// - Parameter timeToLive: seconds.
    package init(capacity: Int, timeToLive: Int) {
        self.capacity = max(1, (capacity + 1) / 2)
        self.timeToLive = timeToLive
    }

    package mutating func vector(for hash: String, at now: Timestamp) -> [Float]? {
        let entry = young[hash] ?? old[hash]
        guard let entry, now < entry.madeAt.adding(seconds: timeToLive) else { return nil }
        if young[hash] == nil { insert(entry, for: hash) }
        return entry.vector
    }

    package mutating func insert(_ vector: [Float], for hash: String, at now: Timestamp) {
        insert(Entry(vector: vector, madeAt: now), for: hash)
    }

    private mutating func insert(_ entry: Entry, for hash: String) {
        if young.count >= capacity { (old, young) = (young, [:]) }
        young[hash] = entry
    }
}
