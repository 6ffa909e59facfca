import Synchronization

/// Who takes SIGINT in place of the stop: a conversation in a terminal, where it ends an answer and not the process.
package final class Interrupts: Sendable {
    private let taker = Mutex<(@Sendable () -> Void)?>(nil)

    package init() {}

    /// Calls `take` for every SIGINT within `body`, on the thread that waits for signals: it must not block.
    package func taken<Result>(
        by take: @escaping @Sendable () -> Void,
        _ body: () async throws -> Result
    ) async throws -> Result {
        taker.withLock { $0 = take }
        defer { taker.withLock { $0 = nil } }
        return try await body()
    }

    /// - Returns: whether somebody took it.
    @discardableResult package func deliver() -> Bool {
        guard let take = taker.withLock({ $0 }) else { return false }
        take()
        return true
    }
}
