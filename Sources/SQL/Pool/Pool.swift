import Synchronization

/// Lends resources, at most so many at a time, in the order in which they were asked for.
///
/// ``PoolState`` decides; here are the lock and the continuations. A continuation is resumed outside of the lock, by
/// whoever took it out of the state, which happens once.
final class Pool<Resource: Sendable>: Sendable {
    private typealias State = PoolState<Resource, Waiter>
    private typealias Waiter = CheckedContinuation<Resource?, any Error>
    private typealias Drained = CheckedContinuation<Void, Never>

    private struct Guarded {
        var pool: State
        var drained: [Drained] = []

        /// Those who wait for the end, once it has come.
        mutating func takeDrained() -> [Drained] {
            guard pool.isDrained else { return [] }
            defer { drained = [] }
            return drained
        }
    }

    private let guarded: Mutex<Guarded>
    private let make: @Sendable () throws -> Resource

    init(idle: [Resource] = [], maximum: Int, make: @escaping @Sendable () throws -> Resource) {
        guarded = Mutex(Guarded(pool: State(idle: idle, maximum: maximum)))
        self.make = make
    }

    /// Waits for a resource; give it back with ``giveBack(_:)`` or ``giveUp()``.
    ///
    /// Throws `CancellationError` if the task is cancelled while it waits, and ``SQLError/Kind/notOpen`` after
    /// ``close()``.
    func acquire() async throws -> Resource {
        try Task.checkCancellation()
        let demand = guarded.withLock { $0.pool.demand() }
        switch demand {
        case .granted(.use(let resource)): return resource
        case .granted(.make): return try makeOne()
        case .closed: throw SQLError(.notOpen, "it was closed")
        case .wait: return try await wait() ?? makeOne()
        }
    }

    func giveBack(_ resource: Resource) {
        let (handOver, drained) = guarded.withLock { ($0.pool.giveBack(resource), $0.takeDrained()) }
        wake(handOver, drained)
    }

    func giveUp() {
        let (handOver, drained) = guarded.withLock { ($0.pool.giveUp(), $0.takeDrained()) }
        wake(handOver, drained)
    }

    /// Turns waiters away, waits until all that was lent is back, and returns it (to the first caller).
    func close() async -> [Resource] {
        let waiters = guarded.withLock { $0.pool.close() }
        for waiter in waiters { waiter.resume(throwing: SQLError(.notOpen, "it was closed")) }
        await withCheckedContinuation { (continuation: Drained) in
            let isDrained = guarded.withLock { state in
                if !state.pool.isDrained { state.drained.append(continuation) }
                return state.pool.isDrained
            }
            if isDrained { continuation.resume() }
        }
        return guarded.withLock { $0.pool.takeIdle() }
    }

    private func makeOne() throws -> Resource {
        do {
            return try make()
        } catch {
            giveUp()
            throw error
        }
    }

    private func wait() async throws -> Resource? {
        let ticket = guarded.withLock { $0.pool.takeTicket() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (waiter: Waiter) in
                enqueue(waiter, ticket: ticket)
            }
        } onCancel: {
            guarded.withLock { $0.pool.cancel(ticket) }?.resume(throwing: CancellationError())
        }
    }

    /// Asks once more, under the lock that also puts the waiter in the queue.
    ///
    /// A resource may have come back since ``acquire()`` looked. A task that is cancelled by now has run its handler,
    /// which found nobody to wake.
    private func enqueue(_ waiter: Waiter, ticket: UInt64) {
        let outcome: Result<State.Demand, CancellationError> = guarded.withLock { state in
            guard !Task.isCancelled else { return .failure(CancellationError()) }
            let demand = state.pool.demand()
            if case .wait = demand { state.pool.enqueue(waiter, ticket: ticket) }
            return .success(demand)
        }
        switch outcome {
        case .failure(let error): waiter.resume(throwing: error)
        case .success(.wait): break
        case .success(.closed): waiter.resume(throwing: SQLError(.notOpen, "it was closed"))
        case .success(.granted(let grant)): waiter.resume(returning: grant.resource)
        }
    }

    private func wake(_ handOver: State.HandOver?, _ drained: [Drained]) {
        if let handOver { handOver.waiter.resume(returning: handOver.grant.resource) }
        for continuation in drained { continuation.resume() }
    }
}

extension PoolState.Grant {
    /// `nil`: make one.
    fileprivate var resource: Resource? {
        if case .use(let resource) = self { resource } else { nil }
    }
}
