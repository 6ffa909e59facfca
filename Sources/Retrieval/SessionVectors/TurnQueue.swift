/// Who works on a session's vectors next: the thinking half of ``SessionVectors``.
///
/// Everybody gets a turn in the order of arrival, one at a time, so that an upload is seen by the search sent after it and not
/// by the one before. Searches that wait next to each other share one turn and with it one pass over the rows. Nobody waits for
/// company: who finds the queue idle goes at once, alone.
struct TurnQueue<Waiter> {
    enum Entry {
        /// Alone in its turn.
        case change(Waiter)
        case search(Waiter)

        var waiter: Waiter {
            switch self {
            case .change(let waiter), .search(let waiter): waiter
            }
        }

        fileprivate var isSearch: Bool {
            if case .search = self { true } else { false }
        }
    }

    /// Searches in one turn at most: each needs memory for its hits, and the first has to wait for the last.
    let searchesPerTurn: Int
    private(set) var isTaken = false
    private var waiting: [Entry] = []

    init(searchesPerTurn: Int) { self.searchesPerTurn = searchesPerTurn }

    /// Whether it is this one's turn already; otherwise ``leave()`` will name it.
    mutating func arrive(_ entry: Entry) -> Bool {
        guard isTaken else {
            isTaken = true
            return true
        }
        waiting.append(entry)
        return false
    }

    /// Ends a turn; gives those whose turn it is now, none if nobody waits.
    mutating func leave() -> [Waiter] {
        let searches = waiting.prefix(searchesPerTurn).prefix { $0.isSearch }
        let next = waiting.prefix(max(1, searches.count)).map(\.waiter)
        waiting.removeFirst(next.count)
        isTaken = !next.isEmpty
        return next
    }

    /// Sends everybody away who still waits.
    mutating func dismissAll() -> [Waiter] {
        defer { waiting = [] }
        return waiting.map(\.waiter)
    }
}
