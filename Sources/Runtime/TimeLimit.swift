/// Does something for at most so long, and cancels it then.
///
/// It returns when the work has ended, so work must heed its cancellation, as everything here that waits does.
///
/// - Returns: `nil` when the time was over first.
/// - Throws: what `body` throws, or `CancellationError` when the caller is cancelled.
package func limited<Result: Sendable>(
    to limit: Duration,
    _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result? {
    try await withThrowingTaskGroup(of: Result?.self) { group in
        defer { group.cancelAll() }
        group.addTask { try await body() }
        group.addTask {
            try await Task.pause(for: limit)
            return nil
        }
        return try await group.next() ?? nil
    }
}
