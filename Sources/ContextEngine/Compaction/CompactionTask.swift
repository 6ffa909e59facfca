package import ContextCore

/// Work that somebody will ask for later.
///
///     queued → running → done | failed
///
/// A stop of the server leaves a task where it is; it is begun again, a few times, and then reported as failed.
package struct CompactionTask: Sendable {
    package enum State: String, Sendable {
        case queued, running, done, failed

        package var isOver: Bool { self == .done || self == .failed }
    }

    package let id: String
    package let scope: Scope
    package let subject: String
    package var state: State
    package var attempts: Int

    /// Messages that are done, of how many.
    package var done: Int
    package let total: Int

    /// JSON; only of one that is done.
    package var result: String?

    /// Only of one that failed.
    package var error: ContextError?

    func belongs(to principal: Principal) -> Bool {
        subject == principal.subject && principal.canRead(scope)
    }
}
