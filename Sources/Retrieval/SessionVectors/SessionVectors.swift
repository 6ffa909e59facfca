package import ContextCore
import Runtime
import Synchronization

/// The vectors of one session, from the opening of its socket to its end.
///
/// Operations take effect in the order in which they were called; none of them touches another session. Searches that wait
/// next to each other share one pass over the rows.
///
/// # Where the lock is
///
/// Not around the rows. The table is a value that can't be copied; whoever has the turn (``TurnQueue``) *takes it out* of
/// the state and puts it back, so that the compiler proves that nobody else reaches it, and a long search can pause in the
/// middle. The lock guards only these moves.
///
/// # Where work is done
///
/// Changes and short searches on the caller's executor; long searches on the global pool, in slices with a pause between
/// them, so that one session's search over 100,000 rows delays another's by a slice and never an I/O thread.
package final class SessionVectors: Sendable {
    /// Who waits for a turn: a search with what it asks, or a change.
    private struct Waiter {
        let request: SearchRequest?
        let continuation: CheckedContinuation<Turn, Never>
    }

    private enum Turn {
        /// It is the caller's, who also answers those who wait with it.
        case own([Waiter])
        /// Somebody else has answered in passing.
        case answered(Found)
        case dismissed
    }

    package struct Hit: Hashable, Sendable {
        package let id: ClientID

        /// Cosine similarity, from -1 to 1.
        package let score: Float

        /// The JSON object that was uploaded.
        package let metadata: String
    }

    package struct Found: Sendable {
        /// Best first, ties by id.
        package let hits: [Hit]

        /// The session's vectors, whether they were found or not.
        package let total: Int
    }

    package struct Stored: Sendable {
        /// Vectors that were taken; those whose id came again later in the same message count, too.
        package let uploaded: Int
        package let rejected: [(id: ClientID, fault: VectorFault)]
    }

    private struct State: ~Copyable {
        /// `nil` while somebody has it, and when the session is closed.
        var table: SessionTable?
        var turns: TurnQueue<Waiter>
        var count = 0
        var isClosed = false
    }

    private let store: SessionVectorStore
    private let state: Mutex<State>

    init(in store: SessionVectorStore, _ table: consuming SessionTable) {
        self.store = store
        state = Mutex(State(table: table, turns: TurnQueue(searchesPerTurn: store.limits.searchesPerPass)))
    }

    deinit { close() }

    package var count: Int { state.withLock { $0.count } }

    /// Stores the vectors; an id that exists gets the new vector, of equal ids in one upload the last good one stays.
    ///
    /// Takes about a millisecond for a thousand vectors, on the caller's executor.
    ///
    /// - Parameter replacing: clears the session first; if the upload is refused, nothing is cleared.
    /// - Throws: when nothing was stored, because the session or the memory of all sessions is full, or it is closed.
    package func store(_ upload: VectorUpload, replacing: Bool) async throws(ContextError) -> Stored {
        let stored = try await change { (table) throws(ContextError) in
            try table.store(upload, replacing: replacing)
        }
        store.metrics?.stored.increment(by: UInt64(stored.uploaded))
        return stored
    }

    /// How many of `ids` there were; they are gone now.
    package func delete(_ ids: [ClientID]) async throws(ContextError) -> Int {
        try await change { $0.remove(ids) }
    }

    /// The `count` vectors most similar to `query`: exact, best first.
    ///
    /// - Throws: for a query of the wrong dimensions or without a direction, a count or threshold out of range, and when the
    ///   session is closed.
    package func search(
        _ query: [Float],
        count: Int,
        threshold: Float? = nil,
        filter: MetadataFilter? = nil
    ) async throws(ContextError) -> Found {
        let request = try SearchRequest(
            query,
            count: count,
            threshold: threshold,
            filter: filter,
            dimensions: store.dimensions,
            limits: store.limits
        )
        store.metrics?.searches.increment()
        switch await turn(for: request) {
        case .own(let companions): return try await answer(request, with: companions)
        case .answered(let found): return found
        case .dismissed: throw .sessionClosed
        }
    }

    /// Forgets everything; a search under way still answers, what comes later throws.
    package func close() {
        var table: SessionTable?
        let dismissed = state.withLock { state -> [Waiter] in
            guard !state.isClosed else { return [] }
            state.isClosed = true
            state.count = 0
            table = state.table.take()
            store.ended()
            return state.turns.dismissAll()
        }
        if let table = table.take() { store.reclaim(table) }
        for waiter in dismissed { waiter.continuation.resume(returning: .dismissed) }
    }
}

// MARK: - Turns

extension SessionVectors {
    private func change<Result>(
        _ body: (inout SessionTable) throws(ContextError) -> Result
    ) async throws(ContextError) -> Result {
        guard case .own = await turn(for: nil), var table = take() else { throw .sessionClosed }
        let result: Result
        do {
            result = try body(&table)
        } catch {
            putBack(table)
            throw error
        }
        putBack(table)
        return result
    }

    private func turn(for request: SearchRequest?) async -> Turn {
        await withCheckedContinuation { continuation in
            let waiter = Waiter(request: request, continuation: continuation)
            let now = state.withLock { state -> Turn? in
                if state.isClosed { return .dismissed }
                return state.turns.arrive(request == nil ? .change(waiter) : .search(waiter)) ? .own([]) : nil
            }
            if let now { continuation.resume(returning: now) }
        }
    }

    /// The table, for the one whose turn it is; `nil` when the session was closed meanwhile.
    private func take() -> SessionTable? { state.withLock { $0.table.take() } }

    /// Ends a turn.
    private func putBack(_ table: consuming SessionTable) {
        var rest: SessionTable? = table
        let next = state.withLock { state -> [Waiter] in
            guard !state.isClosed else { return [] }
            state.count = rest?.count ?? 0
            state.table = rest.take()
            return state.turns.leave()
        }
        if let rest = rest.take() { store.reclaim(rest) }
        next.first?.continuation.resume(returning: .own(Array(next.dropFirst())))
    }
}

// MARK: - Searching

extension SessionVectors {
    private func answer(_ request: SearchRequest, with companions: [Waiter]) async throws(ContextError) -> Found {
        let requests = [request] + companions.compactMap(\.request)
        let found =
            if isShort(requests) {
                await search(requests)
            } else {
                await withTaskExecutorPreference(globalConcurrentExecutor) { await search(requests) }
            }
        for (place, companion) in companions.enumerated() {
            companion.continuation.resume(returning: found.isEmpty ? .dismissed : .answered(found[place + 1]))
        }
        guard let own = found.first else { throw .sessionClosed }
        return own
    }

    private func isShort(_ requests: [SearchRequest]) -> Bool {
        // Metadata takes as long to read as some tens of rows.
        let products = requests.reduce(0) { $0 + ($1.filter == nil ? 1 : 32) }
        return products * count <= store.limits.productsInPlace
    }

    /// Answers in their order; none when the session was closed meanwhile.
    private func search(_ requests: [SearchRequest]) async -> [Found] {
        guard var table = take() else { return [] }
        let found = await table.search(requests)
        putBack(table)
        store.metrics?.turns.increment()
        return found
    }
}
