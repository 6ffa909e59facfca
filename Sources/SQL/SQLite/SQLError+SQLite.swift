import CSQLite

extension SQLError {
    /// Reads the message of the last failed call on `database`.
    init(code: CInt, of database: OpaquePointer?, statement: String? = nil) {
        let extended = database.map { sqlite3_extended_errcode($0) } ?? code
        // A code that another call has overwritten meanwhile would name the wrong cause.
        let code = extended & 0xFF == code & 0xFF ? extended : code
        let message = database.flatMap { sqlite3_errmsg($0) } ?? sqlite3_errstr(code)
        self.init(Kind(sqlite: code), message.map { String(cString: $0) } ?? "", code: code, statement: statement)
    }
}

extension SQLError.Kind {
    fileprivate init(sqlite code: CInt) {
        self =
            switch code & 0xFF {
            case SQLITE_CONSTRAINT: .constraint(SQLError.Constraint(sqlite: code))
            case SQLITE_BUSY, SQLITE_LOCKED: .busy
            case SQLITE_FULL: .full
            case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt
            case SQLITE_READONLY: .readOnly
            case SQLITE_CANTOPEN, SQLITE_PERM: .cannotOpen
            case SQLITE_IOERR, SQLITE_PROTOCOL, SQLITE_NOLFS: .inputOutput
            case SQLITE_NOMEM: .outOfMemory
            case SQLITE_TOOBIG: .tooBig
            case SQLITE_ERROR, SQLITE_MISUSE, SQLITE_RANGE, SQLITE_MISMATCH, SQLITE_AUTH: .misuse
            default: .other
            }
    }
}

extension SQLError.Constraint {
    /// SQLite builds the extended code as `SQLITE_CONSTRAINT | n << 8` with macros that Swift does not see.
    fileprivate init(sqlite code: CInt) {
        self =
            switch code >> 8 {
            case 1: .check
            case 3: .foreignKey
            case 5: .notNull
            case 6, 10: .primaryKey
            case 7: .trigger
            case 8: .unique
            case 12: .dataType
            default: .other
            }
    }
}
