import Runtime

/// A place that answers SQL: a SQLite file with one writer and many readers.
///
/// ## Threads
/// A read takes tens of microseconds, about as much as the way to another thread and back: its body runs where the
/// caller runs. A commit waits for the disk, milliseconds during which a thread of Swift's pool (there is one a core)
/// would serve nobody: the writer's body prefers an executor with a thread of its own. The body and the calls that
/// it makes on the connection are `nonisolated(nonsending)`, so all of them run there, with one hop to it and one
/// back for a whole transaction, not one for each statement. Measured on two cores, with four tasks that commit
/// durably and two that read: with the bodies on a thread of their own 1.6 to 3.8 times the reads and 1.4 to 2.3 times
/// the commits of bodies that run where their caller runs; commits alone, without waiting for the disk, are level.
///
/// A caller that is isolated to an actor gets its body back on that actor, at the price of the hops.
///
/// ## Isolation
/// SQLite's write-ahead log gives each reader the database as it was when its body asked first; a writer does not
/// disturb it, nor the other way round. Writers take turns in the order in which they asked. Another process may
/// write to the same file; then the busy timeout is how long a transaction waits to begin.
package final class Database: Sendable {
    let configuration: DatabaseConfiguration
    let writers: Pool<SQLiteConnection>

    /// The same pool for a database in memory, which has one connection.
    let readers: Pool<SQLiteConnection>

    let executor: BlockingExecutor

    private init(_ configuration: DatabaseConfiguration, writer: SQLiteConnection, executor: BlockingExecutor) {
        self.configuration = configuration
        self.executor = executor
        writers = Pool(idle: [writer], maximum: 1) {
            guard configuration.location != .memory else { throw SQLError(.notOpen, "its only connection broke") }
            return try SQLiteConnection.open(configuration, .write)
        }
        readers =
            configuration.location == .memory
            ? writers
            : Pool(maximum: configuration.maximumReaders) { try SQLiteConnection.open(configuration, .read) }
    }

    /// Opens a database, creates it if need be, and applies the migrations that it lacks, all in one transaction.
    ///
    /// Throws ``SQLError/Kind/migration(_:)`` if the database is newer than the program or a migration was edited,
    /// ``SQLError/Kind/corrupt`` if the file is no database, ``SQLError/Kind/cannotOpen``, ``SQLError/Kind/busy``.
    package static func open(
        _ configuration: DatabaseConfiguration,
        migrations: [Migration]
    ) async throws -> Database {
        let executor = BlockingExecutor(name: "roost.sql.writer")
        let writer = try await withTaskExecutorPreference(executor) {
            try SQLiteConnection.open(configuration, .write)
        }
        let database = Database(configuration, writer: writer, executor: executor)
        try await database.transaction { try await Migrator(migrations: migrations).run(on: $0) }
        return database
    }

    /// Lends a connection that sees one state of the database for the length of `body` and cannot write.
    ///
    /// Waits while ``DatabaseConfiguration/maximumReaders`` others read. Throws what `body` throws, and
    /// `CancellationError` if the task is cancelled, also in the middle of a long query.
    package func read<Result: Sendable>(
        _ body: (DatabaseConnection) async throws -> Result
    ) async throws -> Result {
        try DatabaseLease.refuseNesting(in: self)
        let connection = try await readers.acquire()
        return try await lend(connection, from: readers, .read, body)
    }

    /// Lends the writer: commits when `body` returns, rolls back when it throws or its task is cancelled.
    ///
    /// When this returns, the commit is as durable as the configuration says. When it throws, nothing of `body` is in
    /// the database.
    @discardableResult
    package func transaction<Result: Sendable>(
        _ body: (DatabaseConnection) async throws -> Result
    ) async throws -> Result {
        try DatabaseLease.refuseNesting(in: self)
        let connection = try await writers.acquire()
        return try await withTaskExecutorPreference(executor) {
            try await lend(connection, from: writers, .write, body)
        }
    }
}
