/// Does what must be done although the task is cancelled, and waits for it: recording what was said when a client leaves.
///
/// The work has a parent that waits for it, but does not inherit its cancellation.
package func shielded<Result: Sendable>(
    _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await Task { try await body() }.value
}
