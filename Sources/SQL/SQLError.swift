/// What went wrong in a database, in terms that a caller can act upon.
///
/// It carries the statement's text, never its bindings, so that it may be logged. Nothing of it may leave the server.
package struct SQLError: Error, Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case constraint(Constraint)
        /// Another process held the lock for longer than the busy timeout.
        case busy
        /// The disk, or the quota, is full; the transaction was rolled back.
        case full
        /// The file is not a sound database.
        case corrupt
        /// A write inside of a read, or a file or directory that this process may not write to.
        case readOnly
        case cannotOpen
        case inputOutput
        case outOfMemory
        /// A text, a blob or a statement beyond the database's limit.
        case tooBig
        /// The statement itself is wrong, or the program used the database in a way that it must not.
        case misuse
        /// The database was closed, or the connection used after the body that it was lent to.
        case notOpen
        case columnCount(expected: Int, found: Int)
        case columnType(name: String, expected: String, found: String)
        case migration(MigrationProblem)
        /// What has no case of its own; the code is in ``SQLError/code``.
        case other
    }

    package enum Constraint: String, Hashable, Sendable {
        case unique, primaryKey, foreignKey, check, notNull, dataType, trigger, other
    }

    package let kind: Kind

    /// The database's own words.
    package let message: String

    /// SQLite's extended result code, or 0 where the error is not SQLite's.
    package let code: Int32

    /// The statement, with `?` for its bindings.
    package let statement: String?

    package init(_ kind: Kind, _ message: String = "", code: Int32 = 0, statement: String? = nil) {
        self.kind = kind
        self.message = message
        self.code = code
        self.statement = statement
    }

    /// Whether the same transaction may well succeed when it is run again from its start.
    package var isRetryable: Bool { kind == .busy }

    /// Whether it may pass by itself, or by somebody making room, while the program runs on.
    package var isTemporary: Bool { kind == .busy || kind == .full }
}

extension SQLError: CustomStringConvertible {
    package var description: String {
        var text = "\(kind.summary)"
        if !message.isEmpty { text += ": \(message)" }
        if code != 0 { text += " (SQLite \(code))" }
        if let advice = kind.advice { text += ". \(advice)" }
        if let statement { text += " – in: \(statement)" }
        return text
    }
}

extension SQLError.Kind {
    fileprivate var summary: String {
        switch self {
        case .constraint(let constraint): "the \(constraint.rawValue) constraint does not hold"
        case .busy: "the database is locked by another process"
        case .full: "no space left for the database"
        case .corrupt: "the database file is damaged"
        case .readOnly: "the database cannot be written to here"
        case .cannotOpen: "the database cannot be opened"
        case .inputOutput: "reading or writing the database file failed"
        case .outOfMemory: "out of memory"
        case .tooBig: "too big for the database"
        case .misuse: "wrong use of the database"
        case .notOpen: "the database is not open"
        case .columnCount(let expected, let found): "\(expected) columns were expected, the row has \(found)"
        case .columnType(let name, let expected, let found): "column \(name) should be \(expected) but is \(found)"
        case .migration(let problem): problem.description
        case .other: "the database reported an error"
        }
    }

    /// The way out, where there is one.
    fileprivate var advice: String? {
        switch self {
        case .corrupt:
            "Stop the server, keep a copy of the file with its -wal, and restore a backup or try `sqlite3 FILE .recover`"
        case .full: "The transaction was rolled back; free space and try again"
        case .busy: "Try again, or raise the busy timeout"
        default: nil
        }
    }
}
