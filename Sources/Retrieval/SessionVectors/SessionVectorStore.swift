internal import Dispatch
package import Runtime
import Synchronization
import VectorSearch

/// Opens the vectors of sessions, and counts the memory that all of them hold.
///
/// # How it maps to passages and collections
///
/// A session's vectors are the passages of one collection whose retention is the connection: `openSession` makes the
/// collection, the client's id is the passage's id, `metadata` is its metadata, and `close` is the end of its time. It is
/// searched by the same ``VectorIndex``, and filtered by the same ``MetadataFilter`` and ``FacetIndex``, as every other
/// collection. What differs follows from the retention:
///
/// | a collection in the database | a session |
/// | --- | --- |
/// | one index for all, sets per scope | an index of its own: nobody else's rows can be reached |
/// | the index follows a change log | the index is all there is; nothing is written to disk or logged |
/// | a slot is written once, snapshots | slots are used again, so memory is bounded by the ids at a time |
/// | a graph beyond some thousand rows | always exact |
package final class SessionVectorStore: Sendable {
    package let dimensions: Int
    package let limits: SessionVectorLimits
    let metrics: SessionVectorMetrics?
    private let account: MemoryAccount
    private let open = Atomic<Int>(0)
    private let reclaimer = Reclaimer()

    package init(dimensions: Int, limits: SessionVectorLimits = SessionVectorLimits(), metrics: Metrics? = nil) {
        self.dimensions = dimensions
        self.limits = limits
        account = MemoryAccount(limit: limits.memoryBytes)
        self.metrics = metrics.map(SessionVectorMetrics.init)
        metrics?.gauge("session_vector_bytes", "Memory that session vectors hold.") { [account] in account.bytes }
        metrics?.gauge("session_vector_sessions", "Sessions that can hold vectors.") { [weak self] in
            self?.sessions ?? 0
        }
    }

    /// An empty session, to be closed when its socket closes.
    package func openSession() -> SessionVectors {
        open.wrappingAdd(1, ordering: .relaxed)
        let table = SessionTable(dimensions: dimensions, limits: limits, charge: MemoryCharge(on: account))
        return SessionVectors(in: self, table)
    }

    package var sessions: Int { open.load(ordering: .relaxed) }

    /// Bytes that the sessions hold.
    package var memoryUse: Int { account.bytes }

    /// A session has closed.
    func ended() { open.wrappingSubtract(1, ordering: .relaxed) }

    /// Ends a table elsewhere: unmapping hundreds of megabytes takes milliseconds.
    func reclaim(_ table: consuming SessionTable) { reclaimer.reclaim(table) }

    /// Returns when every table that was given up before is gone.
    func reclaimed() async { await reclaimer.finished() }
}

/// What the sessions do, counted.
struct SessionVectorMetrics: Sendable {
    let searches: Counter
    let turns: Counter
    let stored: Counter

    init(_ metrics: Metrics) {
        searches = metrics.counter("session_vector_searches_total", "Searches of session vectors.")
        turns = metrics.counter("session_vector_turns_total", "Turns that served these searches, one or more each.")
        stored = metrics.counter("session_vectors_stored_total", "Vectors that sessions have taken.")
    }
}

/// Frees what sessions held, on a thread that nobody waits for, and hands it back to the system.
private final class Reclaimer: Sendable {
    /// What closing connections free themselves comes back, too, and a burst of closings needs one round.
    private static let delay = DispatchTimeInterval.seconds(1)

    /// The threads of Dispatch end after five seconds without work, and only then give up the small blocks that they keep:
    /// a thousand each, which may lie on as many pages.
    private static let rest = DispatchTimeInterval.seconds(6)

    private final class Remains: Sendable {
        private let table: Mutex<SessionTable?>

        init(_ table: consuming SessionTable) { self.table = Mutex(table) }

        func drop() { table.withLock { $0 = nil } }
    }

    private let queue = DispatchQueue(label: "session-memory", qos: .utility)
    private let willRelease = Atomic<Bool>(false)
    private let rounds = Atomic<Int>(0)

    func reclaim(_ table: consuming SessionTable) {
        let remains = Remains(table)
        queue.async { remains.drop() }
        guard !willRelease.exchange(true, ordering: .relaxed) else { return }
        queue.asyncAfter(deadline: .now() + Self.delay) {
            self.willRelease.store(false, ordering: .relaxed)
            FreedMemory.release()
            let round = self.rounds.add(1, ordering: .relaxed).newValue
            self.queue.asyncAfter(deadline: .now() + Self.rest) {
                // A later round has a rest of its own.
                if self.rounds.load(ordering: .relaxed) == round { FreedMemory.release() }
            }
        }
    }

    func finished() async {
        await withCheckedContinuation { continuation in queue.async { continuation.resume() } }
    }
}
