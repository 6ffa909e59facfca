import Synchronization

/// Wakes one waiting task, now or, when nobody waits, the next one that does.
///
/// Ringing twice is ringing once.
package final class Bell: Sendable {
    private struct State {
        var hasRung = false
        var latch: Latch<Void>?
    }

    private let state = Mutex(State())

    package init() {}

    package func ring() {
        let latch = state.withLock { state -> Latch<Void>? in
            state.hasRung = state.latch == nil
            return state.latch.take()
        }
        latch?.open()
    }

    /// Returns when the bell rings, or after `duration`, or throws when the task is cancelled.
    ///
    /// One waiter at a time.
    package func wait(for duration: Duration) async throws {
        let latch = Latch<Void>()
        let hasRung = state.withLock { state in
            defer { state.hasRung = false }
            if !state.hasRung { state.latch = latch }
            return state.hasRung
        }
        guard !hasRung else { return }
        _ = try await limited(to: duration) { try await latch.wait() }
        state.withLock { $0.latch = nil }
    }
}
