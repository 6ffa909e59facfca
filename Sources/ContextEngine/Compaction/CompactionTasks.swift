package import ContextCore
import Retrieval
import Runtime
import SQL
import Synchronization

/// Accepts work for later, and says how far it is.
///
/// What is accepted lies in the database before its id is given out.
package final class CompactionTasks: Sendable {
    let compaction: Compaction
    let database: Database
    let work = Bell()
    private let news = Mutex<[String: Latch<Void>]>([:])

    init(compaction: Compaction, database: Database) {
        self.compaction = compaction
        self.database = database
    }

    /// - Returns: the id of the task.
    /// - Throws: ``ContextError`` for what could never be done, and (overloaded) when too many wait.
    package func submit(_ work: CompactionWork, _ caller: RequestContext) async throws -> String {
        try compaction.check(work)
        let task = CompactionTask(
            id: Identifier.random("task_"),
            scope: caller.principal.home,
            subject: caller.principal.subject,
            state: .queued,
            attempts: 0,
            done: 0,
            total: work.messages.count
        )
        let limit = compaction.configuration.waitingTasks
        try await database.transaction { connection in
            guard try await CompactionTaskStore.open(on: connection) < limit else {
                throw ContextError(
                    .overloaded,
                    "\(limit) tasks wait already (max: \(limit)). Try again later.",
                    retryAfter: 5
                )
            }
            try await CompactionTaskStore.add(task, work, at: caller.now, on: connection)
        }
        self.work.ring()
        return task.id
    }

    /// - Throws: ``ContextError`` (not found), also for a task of somebody else.
    package func task(_ id: String, _ caller: RequestContext) async throws -> CompactionTask {
        let found = try await database.read { try await CompactionTaskStore.task(id, on: $0) }
        guard let found, found.belongs(to: caller.principal) else { throw ContextError.unknown("task", id) }
        return found
    }

    /// Tells the task as it is, and after each change, until it is over.
    ///
    /// A slow receiver misses changes in between, never the last one.
    package func follow(
        _ id: String,
        _ caller: RequestContext,
        emit: (CompactionTask) async throws -> Void
    ) async throws {
        while true {
            // Taken before the task is read: what changes after that opens it.
            let changed = news.withLock { news in
                let latch = news[id] ?? Latch()
                news[id] = latch
                return latch
            }
            do {
                let task = try await task(id, caller)
                if task.state.isOver { tell(id) }
                try await emit(task)
                if task.state.isOver { return }
            } catch {
                tell(id)
                throw error
            }
            try await changed.wait()
        }
    }

    /// Wakes whoever follows the task.
    func tell(_ id: String) {
        news.withLock { $0.removeValue(forKey: id) }?.open()
    }
}
