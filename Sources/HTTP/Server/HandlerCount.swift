import Synchronization

/// How many handlers run, so that the server can outlive them.
final class HandlerCount: Sendable {
    private struct State {
        var count = 0
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func enter() { state.withLock { $0.count += 1 } }

    func leave() {
        state.withLock { state in
            state.count -= 1
            return state.count == 0 ? state.waiter.take() : nil
        }?.resume()
    }

    /// Returns when none is left.
    ///
    /// Can't be cancelled: what handlers use must not go before them. One waiter.
    func idle() async {
        await withCheckedContinuation { waiter in
            let isIdle = state.withLock { state in
                if state.count > 0 { state.waiter = waiter }
                return state.count == 0
            }
            if isIdle { waiter.resume() }
        }
    }
}
