import Synchronization

/// Lets one task at a time in per key, in the order of arrival; different keys never wait for each other.
///
/// It keeps two requests of one session from choosing the same passages, and two messages to one conversation apart. Who
/// is cancelled while it waits leaves at once: whoever holds a key may be in the middle of a long answer.
package final class KeyedGate: Sendable {
    /// Keys that are held, with those who wait for them.
    ///
    /// A key nobody holds has no entry, so memory is bounded by the requests under way.
    private let queues = Mutex<[String: [Latch<Void>]]>([:])

    package init() {}

    /// Keys that somebody holds.
    var heldKeys: Int { queues.withLock(\.count) }

    /// Those who wait for a key, without its holder.
    func waiting(_ key: String) -> Int { queues.withLock { $0[key]?.count ?? 0 } }

    /// - Throws: what `body` throws, or `CancellationError` when the task is cancelled before its turn has come.
    package func withKey<Result>(_ key: String, _ body: () async throws -> Result) async throws -> Result {
        try await enter(key)
        defer { leave(key) }
        try Task.checkCancellation()
        return try await body()
    }

    private func enter(_ key: String) async throws {
        let turn = Latch<Void>()
        let isFree = queues.withLock { queues in
            guard queues[key] != nil else {
                queues[key] = []
                return true
            }
            queues[key]?.append(turn)
            return false
        }
        guard !isFree else { return }
        do {
            try await turn.wait()
        } catch {
            abandon(turn, key)
            throw error
        }
    }

    private func leave(_ key: String) {
        let next = queues.withLock { queues -> Latch<Void>? in
            guard var queue = queues[key], !queue.isEmpty else {
                queues[key] = nil
                return nil
            }
            let next = queue.removeFirst()
            queues[key] = queue
            return next
        }
        next?.open()
    }

    /// A turn that isn't in the queue any more has come in the meantime: it goes to the next.
    private func abandon(_ turn: Latch<Void>, _ key: String) {
        let isWaiting = queues.withLock { queues in
            guard let place = queues[key]?.firstIndex(where: { $0 === turn }) else { return false }
            queues[key]?.remove(at: place)
            return true
        }
        if !isWaiting { leave(key) }
    }
}
