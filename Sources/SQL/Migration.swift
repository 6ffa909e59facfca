/// One step from an older schema to a newer one.
///
/// Each target that owns tables brings its own numbered list. The list is append-only: what was applied somewhere is
/// never edited, because the databases out there would not follow; ``Database/open(_:migrations:)`` notices.
package struct Migration: Sendable, Hashable {
    /// The target whose tables these are.
    package let owner: String

    /// 1, 2, 3 … within the owner.
    package let number: Int

    package let name: String
    package let statements: [SQL]

    package init(owner: String, number: Int, name: String, statements: [SQL]) {
        self.owner = owner
        self.number = number
        self.name = name
        self.statements = statements
    }

    /// FNV-1a (64 bits) over the statements' text and bindings, in hexadecimal.
    ///
    /// It finds an honest mistake, an edited migration; it is no defence against a forged one.
    package var checksum: String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for statement in statements {
            for byte in "\(statement.text)\u{0}\(statement.bindings)\u{0}".utf8 {
                hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
            }
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// Why a database and a program do not go together.
package enum MigrationProblem: Hashable, Sendable, CustomStringConvertible {
    /// The database has migrations that this program does not know.
    case databaseIsNewer(owner: String, database: Int, program: Int)
    /// A migration was edited after it had been applied.
    case changed(owner: String, number: Int, name: String, database: String, program: String)
    /// The program's list does not count 1, 2, 3 … within an owner.
    case misnumbered(owner: String, expected: Int, found: Int)
    /// The database lacks a migration before the last one that it has.
    case gap(owner: String, missing: Int, database: Int)

    package var description: String {
        switch self {
        case .databaseIsNewer(let owner, let database, let program):
            """
            the database is newer than the program: \(owner) is at migration \(database), the program knows \
            \(program). Run the newer program, or restore the backup from before its update
            """
        case .changed(let owner, let number, let name, let database, let program):
            """
            migration \(owner) \(number) "\(name)" was edited after it had been applied: its checksum is \
            \(database) in the database and \(program) in the program. Undo the edit and add a new migration
            """
        case .misnumbered(let owner, let expected, let found):
            "the migrations of \(owner) must count up from 1: \(expected) was expected, \(found) found"
        case .gap(let owner, let missing, let database):
            "\(owner) is at migration \(database) in the database, but migration \(missing) was never applied"
        }
    }
}
