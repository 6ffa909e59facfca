/// Who holds which of a limited number of resources, and who waits: the thinking half of ``Pool``.
///
/// It holds no lock and resumes nobody; it says what to do. Waiters are served in the order of their tickets.
///
/// Invariant: somebody waits only while all `maximum` resources are lent (or being made). Whatever frees one goes to
/// the first waiter at once, so nobody who comes later can overtake and no wake-up can be lost.
struct PoolState<Resource, Waiter> {
    enum Grant {
        case use(Resource)
        /// The holder makes a resource itself, and gives it or the permission back.
        case make
    }

    enum Demand {
        case granted(Grant)
        case wait
        case closed
    }

    struct HandOver {
        let waiter: Waiter
        let grant: Grant
    }

    private let maximum: Int
    private var idle: [Resource]
    private var lent = 0
    private var waiting: [UInt64: Waiter] = [:]
    private var firstTicket: UInt64 = 0
    private var nextTicket: UInt64 = 0
    private var isClosed = false

    init(idle: [Resource] = [], maximum: Int) {
        self.idle = idle
        self.maximum = maximum
    }

    var isDrained: Bool { isClosed && lent == 0 }
    var waiterCount: Int { waiting.count }

    /// Asks for a resource; whoever hears `.wait` calls ``enqueue(_:)`` under the same lock.
    mutating func demand() -> Demand {
        guard !isClosed else { return .closed }
        guard lent < maximum else { return .wait }
        lent += 1
        guard let resource = idle.popLast() else { return .granted(.make) }
        return .granted(.use(resource))
    }

    mutating func takeTicket() -> UInt64 {
        defer { nextTicket += 1 }
        return nextTicket
    }

    /// Between taking a ticket and coming here another task may have been served, and the search for the first have gone
    /// past this ticket: it goes back.
    mutating func enqueue(_ waiter: Waiter, ticket: UInt64) {
        waiting[ticket] = waiter
        firstTicket = min(firstTicket, ticket)
    }

    /// Takes a resource back; the one to resume, if anybody waits.
    mutating func giveBack(_ resource: Resource) -> HandOver? {
        guard let waiter = popFirst() else {
            lent -= 1
            idle.append(resource)
            return nil
        }
        return HandOver(waiter: waiter, grant: .use(resource))
    }

    /// Takes notice that a lent resource is gone, or could not be made.
    mutating func giveUp() -> HandOver? {
        guard let waiter = popFirst() else {
            lent -= 1
            return nil
        }
        return HandOver(waiter: waiter, grant: .make)
    }

    /// Takes out a waiter whose task was cancelled; `nil` if it was served meanwhile or does not wait yet.
    mutating func cancel(_ ticket: UInt64) -> Waiter? {
        waiting.removeValue(forKey: ticket)
    }

    /// Lends nothing from now on; the waiters to turn away, in their order.
    mutating func close() -> [Waiter] {
        isClosed = true
        defer { waiting.removeAll() }
        return waiting.sorted { $0.key < $1.key }.map(\.value)
    }

    /// What was given back, once and for all.
    mutating func takeIdle() -> [Resource] {
        defer { idle.removeAll() }
        return idle
    }

    private mutating func popFirst() -> Waiter? {
        while firstTicket < nextTicket, !waiting.isEmpty {
            defer { firstTicket += 1 }
            if let waiter = waiting.removeValue(forKey: firstTicket) { return waiter }
        }
        return nil
    }
}
