import Synchronization

/// What the clients of a campaign know: what they asked for, and what was acknowledged.
///
/// A request that was under way when the server was killed has no answer: what it asked for may be there or not, but
/// wholly. Checking after the restart settles it.
struct Ledger: Sendable {
    enum Fate { case asked, kept, deletionAsked, deleted }

    /// Passages that were sent together; all of their texts hold the marker.
    struct Batch {
        let marker: String
        let text: String
        var fates: [String: Fate]

        var isUnanswered: Bool { fates.values.contains(.asked) }
    }

    struct Document {
        let marker: String
        /// `nil` until the server has named it.
        var id: String?
        var fate = Fate.asked
    }

    struct Interaction {
        let marker: String
        var id: String?
    }

    struct Session {
        var asked = 0
        var turns = 0
        /// Ids that were sent in full.
        var delivered: Set<String> = []
    }

    /// Something under one name that is written again and again, each time with the marker of the next number.
    struct Rewritten {
        var asked = 0
        var acknowledged = 0
    }

    var batches: [Int: Batch] = [:]
    var documents: [Int: Document] = [:]
    var interactions: [Int: Interaction] = [:]
    var sessions: [String: Session] = [:]
    var rewrittenPassages: [String: Rewritten] = [:]
    var rewrittenDocuments: [String: Rewritten] = [:]
    var reportsAsked: Set<String> = []
    var reports: Set<String> = []
    private var numbers = 0

    /// What this round's clients touched; the others are sampled.
    var touched: Set<Int> = []

    mutating func nextNumber() -> Int {
        numbers += 1
        touched.insert(numbers)
        return numbers
    }
}

/// The ledger that the clients share.
final class SharedLedger: Sendable {
    private let ledger = Mutex(Ledger())

    func with<Result: Sendable>(_ body: (inout sending Ledger) throws -> sending Result) rethrows -> Result {
        try ledger.withLock(body)
    }
}
