/// Returns once something is so, looking again and again; the test's time limit is the patience.
package func eventually(
    every interval: Duration = .milliseconds(2),
    _ condition: () async throws -> Bool
) async throws {
    while try await !condition() { try await Task.sleep(for: interval) }
}
