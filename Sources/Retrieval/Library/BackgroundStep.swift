package import Runtime
import SQL

/// One step of work that nobody waits for.
package enum BackgroundStep {
    /// Runs `body`; what may pass by itself, another process's lock or a full disk, is logged, and the answer is `nil`.
    ///
    /// The work is tried again at its next turn then, instead of ending the server.
    package static func attempt<Result>(
        _ work: String,
        log: Log,
        _ body: () async throws -> Result
    ) async throws -> Result? {
        do {
            return try await body()
        } catch let error as SQLError where error.isTemporary {
            log.warning("put off", ["work": "\(work)", "reason": "\(error)"])
            return nil
        }
    }
}
