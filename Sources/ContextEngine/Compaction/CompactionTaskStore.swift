import ContextCore
import SQL

/// Tasks as the database keeps them.
enum CompactionTaskStore {
    static func add(
        _ task: CompactionTask,
        _ work: CompactionWork,
        at now: Timestamp,
        on connection: DatabaseConnection
    ) async throws {
        try await connection.execute(
            """
            INSERT INTO compaction_task (id, scope, subject, state, attempts, done, total, work, created_at)
            VALUES (\(task.id), \(task.scope.path), \(task.subject), \(task.state.rawValue), \(task.attempts),
                \(task.done), \(task.total), \(try StoredJSON.encode(work)), \(now.milliseconds))
            """
        )
    }

    /// How many are not over.
    static func open(on connection: DatabaseConnection) async throws -> Int {
        let rows = try await connection.query("SELECT count(*) FROM compaction_task WHERE ended_at IS NULL")
        return try rows.first?.decode(Int.self) ?? 0
    }

    static func task(_ id: String, on connection: DatabaseConnection) async throws -> CompactionTask? {
        try await connection.query(
            """
            SELECT id, scope, subject, state, attempts, done, total, result, error
            FROM compaction_task WHERE id = \(id)
            """
        ).first.map(task)
    }

    /// The oldest that is not over, also one that a stop of the server interrupted: there is one worker.
    static func next(on connection: DatabaseConnection) async throws -> (CompactionTask, CompactionWork)? {
        let rows = try await connection.query(
            "SELECT id, work FROM compaction_task WHERE ended_at IS NULL ORDER BY key LIMIT 1"
        )
        guard let (id, work) = try rows.first?.decode(String.self, String.self),
            let task = try await task(id, on: connection)
        else { return nil }
        return (task, try StoredJSON.decode(CompactionWork.self, from: work))
    }

    /// Writes what changes while a task is done.
    static func update(_ task: CompactionTask, on connection: DatabaseConnection) async throws {
        try await connection.execute(
            """
            UPDATE compaction_task
            SET state = \(task.state.rawValue), attempts = \(task.attempts), done = \(task.done) WHERE id = \(task.id)
            """
        )
    }

    static func end(_ task: CompactionTask, at now: Timestamp, on connection: DatabaseConnection) async throws {
        let error = try task.error.map { try StoredJSON.encode(StoredError($0)) }
        try await connection.execute(
            """
            UPDATE compaction_task
            SET state = \(task.state.rawValue), attempts = \(task.attempts), done = \(task.done), work = NULL,
                result = \(task.result), error = \(error), ended_at = \(now.milliseconds)
            WHERE id = \(task.id)
            """
        )
    }

    static func sweep(before moment: Timestamp, on connection: DatabaseConnection) async throws -> Int {
        try await connection.execute("DELETE FROM compaction_task WHERE ended_at <= \(moment.milliseconds)")
    }

    private static func task(_ row: Row) throws -> CompactionTask {
        let (id, scope, subject, state, attempts, done, total, result, error) = try row.decode(
            String.self,
            String.self,
            String.self,
            String.self,
            Int.self,
            Int.self,
            Int.self,
            String?.self,
            String?.self
        )
        return CompactionTask(
            id: id,
            scope: try StoredJSON.required(Scope(path: scope), "scope", scope),
            subject: subject,
            state: try StoredJSON.required(CompactionTask.State(rawValue: state), "state", state),
            attempts: attempts,
            done: done,
            total: total,
            result: result,
            error: try error.map { try StoredJSON.decode(StoredError.self, from: $0).error }
        )
    }
}

/// An error by its code, so that its type and status stay those of the one table.
private struct StoredError: Codable {
    let code: String
    let message: String
    let parameter: String?

    init(_ error: ContextError) {
        code = error.code
        message = error.message
        parameter = error.parameter
    }

    var error: ContextError {
        ContextError(ContextError.Kind(code: code) ?? .internalError, message, parameter: parameter)
    }
}
