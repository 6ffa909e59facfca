/// Keeps the values of so many keys, and forgets the one that was used longest ago when another comes.
///
/// A look-up is that of a dictionary; the insertion of a key beyond the capacity looks at all of them, so it is for
/// hundreds.
package struct RecentMap<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private var entries: [Key: (value: Value, used: UInt64)] = [:]
    private var uses: UInt64 = 0
    private let capacity: Int

    package init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    package var count: Int { entries.count }

    /// The value of a key, which is then the last one used.
    package mutating func value(for key: Key) -> Value? {
        guard let entry = entries[key] else { return nil }
        uses += 1
        entries[key] = (entry.value, uses)
        return entry.value
    }

    package mutating func insert(_ value: Value, for key: Key) {
        uses += 1
        if entries[key] == nil, entries.count >= capacity {
            entries.min { $0.value.used < $1.value.used }.map { entries[$0.key] = nil }
        }
        entries[key] = (value, uses)
    }
}
