import Dispatch

/// A thread for C calls that block: SQLite, `getaddrinfo`, `curl_multi_poll`.
///
/// It keeps them away from Swift's own pool, which has one thread per core and starves when these wait. Three ways to it:
/// ``run(_:)`` for one call, as the executor of an actor that owns a thread-bound handle, and as the preference of a
/// task. Jobs run one at a time, in the order in which they came.
package final class BlockingExecutor: SerialExecutor, TaskExecutor {
    private let queue: DispatchQueue

    package init(name: String) {
        queue = DispatchQueue(label: name)
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async {
            job.runSynchronously(isolatedTo: self.asUnownedSerialExecutor(), taskExecutor: self.asUnownedTaskExecutor())
        }
    }

    /// Runs `body` on this thread.
    ///
    /// It can't be interrupted: when the task is cancelled, the call is waited for all the same.
    package func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withUnsafeThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Swift.Result(catching: body)) }
        }
    }
}
