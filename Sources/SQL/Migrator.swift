import Glibc

/// Brings a schema up to date inside of one transaction: all pending migrations or none.
///
/// The transaction holds the write lock from its start, so of two processes that open an old database together the
/// second finds the work done.
struct Migrator {
    let migrations: [Migration]

    func run(on connection: DatabaseConnection) async throws {
        try await connection.execute(
            """
            CREATE TABLE IF NOT EXISTS schema_migration (
                owner TEXT NOT NULL,
                number INTEGER NOT NULL,
                name TEXT NOT NULL,
                checksum TEXT NOT NULL,
                applied_at INTEGER NOT NULL,
                PRIMARY KEY (owner, number)
            ) STRICT
            """
        )
        for migration in try MigrationPlan(program: migrations, applied: await applied(on: connection)).pending {
            try await apply(migration, on: connection)
        }
    }

    private func applied(on connection: DatabaseConnection) async throws -> [MigrationPlan.Applied] {
        try await connection.query("SELECT owner, number, checksum FROM schema_migration").map { row in
            let (owner, number, checksum) = try row.decode(String.self, Int.self, String.self)
            return MigrationPlan.Applied(owner: owner, number: number, checksum: checksum)
        }
    }

    private func apply(_ migration: Migration, on connection: DatabaseConnection) async throws {
        for statement in migration.statements {
            try await connection.execute(statement)
        }
        try await connection.execute(
            """
            INSERT INTO schema_migration (owner, number, name, checksum, applied_at)
            VALUES (\(migration.owner), \(migration.number), \(migration.name), \(migration.checksum), \(time(nil)))
            """
        )
    }
}
