import Foundation
import Synchronization

/// Runs asynchronous work while a thread waits for it.
///
/// That thread may be one of Swift's pool, which has one per core, and all of them may wait here at once. So nothing of the
/// work may need the pool: its task prefers an executor with a thread of its own, and so do all functions that it calls
/// outside of actors.
enum BlockingCall {
    static func run<Success: Sendable>(_ work: @escaping @Sendable () async throws -> Success) throws -> Success {
        let thread = CallThread()
        let outcome = Outcome<Success>()
        // Its parent is the caller, who waits below.
        Task(executorPreference: thread) {
            do { outcome.set(.success(try await work())) } catch { outcome.set(.failure(error)) }
        }
        defer { thread.end() }
        return try outcome.wait().get()
    }

    private final class Outcome<Success: Sendable>: Sendable {
        private let result = Mutex<Result<Success, any Error>?>(nil)
        private let isSet = DispatchSemaphore(value: 0)

        func set(_ result: Result<Success, any Error>) {
            self.result.withLock { $0 = result }
            isSet.signal()
        }

        func wait() -> Result<Success, any Error> {
            isSet.wait()
            return result.withLock { $0 } ?? .failure(CancellationError())
        }
    }
}

/// A thread that runs one task's jobs, in their order, until it is told to end.
private final class CallThread: TaskExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var hasEnded = false
    }

    private let state = Mutex(State())
    private let news = DispatchSemaphore(value: 0)

    init() {
        Thread.detachNewThread { [self] in
            while let job = next() { job.runSynchronously(on: asUnownedTaskExecutor()) }
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.jobs.append(job) }
        news.signal()
    }

    func end() {
        state.withLock { $0.hasEnded = true }
        news.signal()
    }

    /// - Returns: `nil` at the end.
    private func next() -> UnownedJob? {
        while true {
            let (job, hasEnded) = state.withLock { state in
                (state.jobs.isEmpty ? nil : state.jobs.removeFirst(), state.hasEnded)
            }
            if let job { return job }
            if hasEnded { return nil }
            news.wait()
        }
    }
}
