/// Who may ask a provider next: every key gets its turn, however many requests another has waiting.
///
/// A key is whose share it is: an organization, later a user. Within a key, first come, first served. Pure; time comes in
/// from outside.
struct FairQueue<Ticket: Hashable> {
    private var waiting: [String: [Ticket]] = [:]

    /// The keys that have someone waiting, the next one first.
    private var turns: [String] = []
    private(set) var running: Set<Ticket> = []
    private let limit: Int

    /// - Parameter limit: requests that may run at once.
    init(limit: Int) {
        self.limit = limit
    }

    var waitingCount: Int { waiting.values.reduce(0) { $0 + $1.count } }

    /// - Parameter first: for one who had its turn and has to try again.
    mutating func enter(_ ticket: Ticket, for key: String, first: Bool = false) {
        if waiting[key] == nil { turns.append(key) }
        waiting[key, default: []].insert(ticket, at: first ? 0 : waiting[key]?.count ?? 0)
    }

    /// Takes out those who may run now.
    mutating func admit() -> [Ticket] {
        var admitted: [Ticket] = []
        while running.count < limit, !turns.isEmpty {
            let key = turns.removeFirst()
            guard var tickets = waiting[key], !tickets.isEmpty else { continue }
            let ticket = tickets.removeFirst()
            waiting[key] = tickets.isEmpty ? nil : tickets
            if !tickets.isEmpty { turns.append(key) }
            running.insert(ticket)
            admitted.append(ticket)
        }
        return admitted
    }

    /// Whether it runs or waits, it is no longer there.
    mutating func leave(_ ticket: Ticket) {
        guard running.remove(ticket) == nil else { return }
        for (key, tickets) in waiting where tickets.contains(ticket) {
            let rest = tickets.filter { $0 != ticket }
            waiting[key] = rest.isEmpty ? nil : rest
            if rest.isEmpty { turns.removeAll { $0 == key } }
        }
    }

    /// How many are served before this one, plus one; `nil` when it doesn't wait.
    func position(of ticket: Ticket) -> Int? {
        guard let (key, place) = place(of: ticket), let turn = turns.firstIndex(of: key) else { return nil }
        let before = turns.enumerated().reduce(0) { sum, other in
            // Keys before this one in the round have one turn more by then.
            let rounds = other.offset < turn ? place + 1 : place
            return other.element == key ? sum : sum + min(waiting[other.element]?.count ?? 0, rounds)
        }
        return before + place + 1
    }

    private func place(of ticket: Ticket) -> (key: String, place: Int)? {
        for (key, tickets) in waiting {
            if let place = tickets.firstIndex(of: ticket) { return (key, place) }
        }
        return nil
    }
}
