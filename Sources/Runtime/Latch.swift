import Synchronization

/// An event that happens once, with a value: everybody who waits for it, before or after, gets the same one.
///
/// The only bridge from "somebody calls" to "somebody awaits" that services need.
package final class Latch<Value: Sendable>: Sendable {
    private typealias Waiter = CheckedContinuation<Value, any Error>

    private struct State {
        var value: Value?
        var waiters: [UInt64: Waiter] = [:]
        var patient: [CheckedContinuation<Value, Never>] = []
        var next: UInt64 = 0
    }

    private let state = Mutex(State())

    package init() {}

    package var value: Value? { state.withLock(\.value) }

    /// Lets everybody go on; only the first call counts.
    ///
    /// - Returns: whether this was the first.
    @discardableResult package func open(_ value: Value) -> Bool {
        let woken: State? = state.withLock { state in
            guard state.value == nil else { return nil }
            defer { state = State(value: value) }
            return state
        }
        guard let woken else { return false }
        for waiter in woken.waiters.values { waiter.resume(returning: value) }
        for waiter in woken.patient { waiter.resume(returning: value) }
        return true
    }

    /// Suspends until the latch is open, or throws when the task is cancelled.
    package func wait() async throws -> Value {
        let id = state.withLock { state in
            state.next += 1
            return state.next
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (waiter: Waiter) in
                let now: Result<Value, any Error>? = state.withLock { state in
                    if let value = state.value { return .success(value) }
                    // A task that is cancelled already has called its handler, which found no one to wake.
                    if Task.isCancelled { return .failure(CancellationError()) }
                    state.waiters[id] = waiter
                    return nil
                }
                if let now { waiter.resume(with: now) }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume(throwing: CancellationError())
        }
    }
}

extension Latch {
    /// Suspends until the latch is open, cancelled or not: for what must be over before the task goes on.
    package func opened() async -> Value {
        await withCheckedContinuation { continuation in
            let now: Value? = state.withLock { state in
                if let value = state.value { return value }
                state.patient.append(continuation)
                return nil
            }
            if let now { continuation.resume(returning: now) }
        }
    }
}

extension Latch where Value == Void {
    @discardableResult package func open() -> Bool { open(()) }
}
