import Dispatch

/// A thread for calls that wait for the disk.
///
/// A task that prefers it runs its nonisolated code there, so that a commit's `fsync` never occupies one of the few
/// threads that all tasks share.
final class BlockingExecutor: TaskExecutor {
    let queue: DispatchQueue

    init(label: String) {
        queue = DispatchQueue(label: label)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
