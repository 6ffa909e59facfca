package import Dispatch

/// A thread for calls that block: a commit's `fsync`, `curl_multi_poll`, reading a PDF file.
///
/// It keeps them away from Swift's own pool, which has one thread per core and starves when these wait. Two ways to it:
/// ``run(_:)`` for one call, and as the preference of a task, whose nonisolated code then runs here. One at a time, in
/// the order in which they came.
package final class BlockingExecutor: TaskExecutor {
    /// Lets `dispatchPrecondition` ask whether a caller runs here.
    package let queue: DispatchQueue

    package init(name: String) {
        queue = DispatchQueue(label: name)
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }

    /// Runs `body` on this thread.
    ///
    /// It can't be interrupted: when the task is cancelled, the call is waited for all the same.
    package func run<Value: Sendable, Failure: Error>(
        _ body: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let result = await withUnsafeContinuation { continuation in
            queue.async { continuation.resume(returning: Result(catching: body)) }
        }
        return try result.get()
    }
}
