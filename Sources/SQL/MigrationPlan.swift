/// Which migrations a database still needs: the thinking half of ``Migrator``.
struct MigrationPlan {
    /// A row of `schema_migration`.
    struct Applied: Equatable {
        var owner: String
        var number: Int
        var checksum: String
    }

    /// In the order in which the program lists them.
    let pending: [Migration]

    /// Throws ``SQLError/Kind/migration(_:)`` if the two lists do not belong together.
    ///
    /// Applied migrations of an owner that the program does not list are left alone: a tool may open a server's
    /// database with only the tables that it needs.
    init(program: [Migration], applied: [Applied]) throws {
        try Self.checkNumbers(program)
        let known = Dictionary(grouping: program, by: \.owner)
        let recorded = Dictionary(grouping: applied, by: \.owner)
        for (owner, migrations) in known {
            try Self.check(owner, migrations, against: recorded[owner, default: []])
        }
        pending = program.filter { $0.number > recorded[$0.owner, default: []].count }
    }

    private static func checkNumbers(_ program: [Migration]) throws {
        var last: [String: Int] = [:]
        for migration in program {
            let expected = last[migration.owner, default: 0] + 1
            guard migration.number == expected else {
                throw SQLError(
                    .migration(.misnumbered(owner: migration.owner, expected: expected, found: migration.number))
                )
            }
            last[migration.owner] = expected
        }
    }

    private static func check(_ owner: String, _ migrations: [Migration], against recorded: [Applied]) throws {
        let recorded = recorded.sorted { $0.number < $1.number }
        guard let newest = recorded.last else { return }
        guard newest.number <= migrations.count else {
            throw SQLError(
                .migration(
                    .databaseIsNewer(owner: owner, database: newest.number, program: migrations.count)
                )
            )
        }
        for (index, row) in recorded.enumerated() {
            guard row.number == index + 1 else {
                throw SQLError(.migration(.gap(owner: owner, missing: index + 1, database: newest.number)))
            }
            let migration = migrations[index]
            guard row.checksum == migration.checksum else {
                throw SQLError(
                    .migration(
                        .changed(
                            owner: owner,
                            number: row.number,
                            name: migration.name,
                            database: row.checksum,
                            program: migration.checksum
                        )
                    )
                )
            }
        }
    }
}
