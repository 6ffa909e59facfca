/// The prepared statements of one connection by their text; the least recently used one goes first.
///
/// Finding the oldest looks at all of them, which costs less than preparing the statement that needs the place.
struct StatementCache {
    private struct Entry {
        let statement: SQLiteStatement
        var lastUse: UInt64
    }

    private let capacity: Int
    private var entries: [String: Entry] = [:]
    private var clock: UInt64 = 0

    init(capacity: Int) {
        self.capacity = capacity
    }

    var count: Int { entries.count }

    /// `nil` if there is none, or if it is running already (a query inside of the same query).
    mutating func statement(for text: String) -> SQLiteStatement? {
        guard let statement = entries[text]?.statement, !statement.isRunning else { return nil }
        clock += 1
        entries[text]?.lastUse = clock
        return statement
    }

    /// Keeps `statement` unless one with the same text is there, or there is no place for it.
    mutating func insert(_ statement: SQLiteStatement) {
        guard capacity > 0, entries[statement.text] == nil else { return }
        if entries.count >= capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            entries[oldest.key] = nil
        }
        clock += 1
        entries[statement.text] = Entry(statement: statement, lastUse: clock)
    }

    mutating func removeAll() { entries.removeAll() }
}
