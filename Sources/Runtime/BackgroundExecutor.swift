import Dispatch

/// A pool of threads beside Swift's own, one for each core, for work of milliseconds for which nobody short should wait.
///
/// Swift's pool serves jobs in the order in which they came. A short one behind ten long ones waits for them all; from
/// a pool of its own it takes its share of the processor at once.
package final class BackgroundExecutor: TaskExecutor {
    package static let shared = BackgroundExecutor()

    private let queue = DispatchQueue.global(qos: .utility)

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
