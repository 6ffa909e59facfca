import CSQLite

/// Refuses, while a statement is prepared, what would take the transaction out of its owner's hands or open another
/// file: BEGIN, COMMIT, ROLLBACK, SAVEPOINT, ATTACH and DETACH.
///
/// SQLite calls it for each action of a statement, also when a schema change makes it compile one anew.
final class StatementGate {
    /// Whether the connection itself is speaking.
    var isOpen = false

    /// The gate must live for as long as `handle` is open: SQLite keeps no reference.
    func install(on handle: OpaquePointer) {
        sqlite3_set_authorizer(
            handle,
            { context, action, _, _, _, _ in
                guard let context else { return SQLITE_DENY }
                let gate = Unmanaged<StatementGate>.fromOpaque(context).takeUnretainedValue()
                return gate.allows(action) ? SQLITE_OK : SQLITE_DENY
            },
            Unmanaged.passUnretained(self).toOpaque()
        )
    }

    private func allows(_ action: CInt) -> Bool {
        switch action {
        case SQLITE_TRANSACTION, SQLITE_SAVEPOINT, SQLITE_ATTACH, SQLITE_DETACH: isOpen
        default: true
        }
    }
}
