import Synchronization

/// Lets one task at a time in per key, in the order of arrival; different keys never wait for each other.
///
/// It keeps two requests of one session from choosing the same passages. Waiting honours cancellation only once the turn
/// comes, which is soon: whoever holds a key is in the middle of one request.
package final class KeyedGate: Sendable {
    private typealias Waiter = CheckedContinuation<Void, Never>

    /// Keys that are held, with those who wait for them.
    ///
    /// A key nobody holds has no entry, so memory is bounded by the requests under way.
    private let queues = Mutex<[String: [Waiter]]>([:])

    package init() {}

    /// Keys that somebody holds.
    var heldKeys: Int { queues.withLock(\.count) }

    package func withKey<Result>(_ key: String, _ body: () async throws -> Result) async throws -> Result {
        await enter(key)
        defer { leave(key) }
        try Task.checkCancellation()
        return try await body()
    }

    private func enter(_ key: String) async {
        await withCheckedContinuation { (waiter: Waiter) in
            let isFree = queues.withLock { queues in
                guard queues[key] != nil else {
                    queues[key] = []
                    return true
                }
                queues[key]?.append(waiter)
                return false
            }
            if isFree { waiter.resume() }
        }
    }

    private func leave(_ key: String) {
        let next = queues.withLock { queues -> Waiter? in
            guard var queue = queues[key], !queue.isEmpty else {
                queues[key] = nil
                return nil
            }
            let next = queue.removeFirst()
            queues[key] = queue
            return next
        }
        next?.resume()
    }
}
