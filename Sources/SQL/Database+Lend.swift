import Synchronization

extension Database {
    /// Runs `body` inside of a transaction and gives the connection back, whatever happens.
    func lend<Result: Sendable>(
        _ connection: SQLiteConnection,
        from pool: Pool<SQLiteConnection>,
        _ mode: SQLiteConnection.Mode,
        _ body: (DatabaseConnection) async throws -> Result
    ) async throws -> Result {
        let lent = DatabaseConnection(connection)
        let lease = DatabaseLease(of: self)
        do {
            try connection.begin(mode)
            let result = try await DatabaseLease.$current.withValue(lease) {
                try await withTaskCancellationHandler {
                    try await body(lent)
                } onCancel: {
                    connection.interrupt()
                }
            }
            lease.end()
            lent.end()
            try Task.checkCancellation()
            try connection.commit()
            pool.giveBack(connection)
            return result
        } catch {
            lease.end()
            lent.end()
            if connection.rollback() { pool.giveBack(connection) } else { pool.giveUp() }
            throw error
        }
    }
}

/// Knows that the current task holds a connection, so that it does not ask for a second one and wait for itself.
///
/// Inside of a transaction another `transaction` would wait for ever, and a `read` would not see what the transaction
/// wrote; inside of reads, as many tasks as there are readers could each wait for one more. All are refused.
final class DatabaseLease: Sendable {
    @TaskLocal static var current: DatabaseLease?

    private let database: ObjectIdentifier

    /// A task started without a parent inherits the lease and may outlive it.
    private let isActive = Atomic(true)

    init(of database: Database) {
        self.database = ObjectIdentifier(database)
    }

    func end() { isActive.store(false, ordering: .relaxed) }

    static func refuseNesting(in database: Database) throws {
        guard let current, current.database == ObjectIdentifier(database), current.isActive.load(ordering: .relaxed)
        else { return }
        throw SQLError(.misuse, "a body asked the database for a second connection; it must use the one it was lent")
    }
}
