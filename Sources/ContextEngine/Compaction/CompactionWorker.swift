package import ContextCore
import Embeddings
package import Runtime
import SQL

/// Does the tasks that were accepted, one after the other, oldest first.
///
/// What is to be done lies in the database, so a restart goes on where the process ended. A task that fails is marked with
/// its reason and does not hold up the others.
package struct CompactionWorker: Service {
    private let tasks: CompactionTasks
    private let now: @Sendable () -> Timestamp
    private let log: Log

    package init(tasks: CompactionTasks, now: @escaping @Sendable () -> Timestamp, log: Log) {
        self.tasks = tasks
        self.now = now
        self.log = log
    }

    package func run() async throws {
        await PeriodicWork("doing tasks", log: log).run {
            if try await doNext() { return .zero }
            try await sweep()
            try await tasks.work.wait(for: .seconds(60))
            return .zero
        }
    }

    /// Does the task that waits longest; `false` when none does.
    package func doNext() async throws -> Bool {
        guard let (waiting, work) = try await tasks.database.read({ try await CompactionTaskStore.next(on: $0) })
        else { return false }
        var task = waiting
        guard task.attempts < tasks.compaction.configuration.attempts else {
            let reason = "The server stopped while this was done, \(task.attempts) times; it is not tried again."
            try await end(task, with: .failure(ContextError(.internalError, reason)))
            return true
        }
        (task.state, task.attempts, task.done) = (.running, task.attempts + 1, 0)
        try await save(task)
        do {
            let result = try await tasks.compaction.perform(work, for: task.scope.path) { done in
                guard done > task.done else { return }
                task.done = done
                try await save(task)
            }
            var json = JSONWriter(capacity: result.byteEstimate)
            result.write(to: &json)
            try await end(task, with: .success(String(decoding: json.bytes, as: UTF8.self)))
        } catch EmbeddingError.overloaded {
            // It waits until the embedder has worked off what came before, which is no fault of the task.
            (task.state, task.attempts) = (.queued, task.attempts - 1)
            try await save(task)
            try await Task.sleep(for: .seconds(1))
        } catch let error as ContextError {
            try await end(task, with: .failure(error))
        } catch let error as EmbeddingError {
            try await end(task, with: .failure(ContextError(error)))
        }
        return true
    }

    /// Forgets results that nobody fetched in their time.
    package func sweep() async throws {
        let moment = now().adding(seconds: -tasks.compaction.configuration.resultTimeToLive)
        let swept = try await tasks.database.transaction {
            try await CompactionTaskStore.sweep(before: moment, on: $0)
        }
        if swept > 0 { log.info("swept", ["tasks": "\(swept)"]) }
    }

    private func save(_ task: CompactionTask) async throws {
        try await tasks.database.transaction { try await CompactionTaskStore.update(task, on: $0) }
        tasks.tell(task.id)
    }

    private func end(_ task: CompactionTask, with outcome: Result<String, ContextError>) async throws {
        var task = task
        switch outcome {
        case .success(let result): (task.state, task.result, task.done) = (.done, result, task.total)
        case .failure(let error):
            (task.state, task.error) = (.failed, error)
            log.warning("a task failed", ["task": task.id, "reason": error.message])
        }
        let (ended, moment) = (task, now())
        try await tasks.database.transaction { try await CompactionTaskStore.end(ended, at: moment, on: $0) }
        tasks.tell(task.id)
    }
}
