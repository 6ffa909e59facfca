import CSQLite

/// A prepared statement: bind, step, read, finish, and again.
///
/// Belongs to one ``SQLiteConnection`` and is used by whoever may use that one.
final class SQLiteStatement {
    let text: String

    /// Set from start to ``finish()``: the cache must not give it out meanwhile.
    private(set) var isRunning = false

    private let handle: OpaquePointer
    private let database: OpaquePointer
    private var columns: [String] = []

    /// SQLite compiles a statement anew when the schema changes; then `*` may stand for other columns.
    private var columnsCompilation: CInt = -1

    init(_ handle: OpaquePointer, text: String, database: OpaquePointer) {
        self.handle = handle
        self.text = text
        self.database = database
    }

    deinit { sqlite3_finalize(handle) }

    /// Throws ``SQLError/Kind/misuse`` if the bindings do not match the placeholders or one is not a number.
    func start(_ bindings: [SQL.Value]) throws {
        guard Int(sqlite3_bind_parameter_count(handle)) == bindings.count else {
            throw SQLError(.misuse, "the text has a placeholder that was not interpolated", statement: text)
        }
        isRunning = true
        for (index, value) in bindings.enumerated() {
            try bind(value, at: CInt(index + 1))
        }
    }

    /// `false` after the last row.
    func step() throws -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw SQLError(code: code, of: database, statement: text)
        }
    }

    /// The current row.
    func row() throws -> Row {
        refreshColumns()
        var values: [SQL.Value] = []
        values.reserveCapacity(columns.count)
        for index in columns.indices {
            values.append(try value(at: CInt(index)))
        }
        return Row(columns: columns, values: values)
    }

    /// Ends the run and lets go of what was bound, which may be large.
    func finish() {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
        isRunning = false
    }

    private func refreshColumns() {
        let compilation = sqlite3_stmt_status(handle, SQLITE_STMTSTATUS_REPREPARE, 0)
        guard compilation != columnsCompilation else { return }
        columnsCompilation = compilation
        columns = (0..<sqlite3_column_count(handle)).map { index in
            sqlite3_column_name(handle, index).map { String(cString: $0) } ?? ""
        }
    }
}

// MARK: - Values in and out

extension SQLiteStatement {
    private func bind(_ value: SQL.Value, at index: CInt) throws {
        let code =
            switch value {
            case .null: sqlite3_bind_null(handle, index)
            case .integer(let number): sqlite3_bind_int64(handle, index, number)
            case .real(let number): try bind(number, at: index)
            case .text(let text): bind(text, at: index)
            case .blob(let bytes): bind(bytes, at: index)
            }
        guard code == SQLITE_OK else { throw SQLError(code: code, of: database, statement: text) }
    }

    /// SQLite would store NULL for what is not a number, and a reader would be surprised later.
    private func bind(_ number: Double, at index: CInt) throws -> CInt {
        guard !number.isNaN else {
            throw SQLError(.misuse, "binding \(index) is NaN, which a database cannot store", statement: text)
        }
        return sqlite3_bind_double(handle, index, number)
    }

    private func bind(_ text: String, at index: CInt) -> CInt {
        var text = text
        return text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                guard let start = characters.baseAddress else { return csqlite_bind_text(handle, index, "", 0) }
                return csqlite_bind_text(handle, index, start, UInt64(characters.count))
            }
        }
    }

    /// No bytes are not NULL: SQLite takes a null pointer for NULL, hence the zeroblob.
    private func bind(_ bytes: [UInt8], at index: CInt) -> CInt {
        bytes.withUnsafeBytes { buffer in
            buffer.isEmpty
                ? sqlite3_bind_zeroblob(handle, index, 0)
                : csqlite_bind_blob(handle, index, buffer.baseAddress, UInt64(buffer.count))
        }
    }

    private func value(at index: CInt) throws -> SQL.Value {
        switch sqlite3_column_type(handle, index) {
        case SQLITE_INTEGER: .integer(sqlite3_column_int64(handle, index))
        case SQLITE_FLOAT: .real(sqlite3_column_double(handle, index))
        case SQLITE_TEXT: .text(try string(at: index))
        case SQLITE_BLOB: .blob(try bytes(at: index))
        default: .null
        }
    }

    /// SQLite does not check what it stores as text; another program may have written anything.
    private func string(at index: CInt) throws -> String {
        guard let start = sqlite3_column_text(handle, index) else { throw SQLError(.outOfMemory, statement: text) }
        let buffer = UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, index)))
        guard let string = String(validating: buffer, as: UTF8.self) else {
            throw SQLError(
                .columnType(name: columns[Int(index)], expected: "text", found: "text that is not UTF-8"),
                statement: text
            )
        }
        return string
    }

    private func bytes(at index: CInt) throws -> [UInt8] {
        let start = sqlite3_column_blob(handle, index)
        let count = Int(sqlite3_column_bytes(handle, index))
        guard count > 0 else { return [] }
        guard let start else { throw SQLError(.outOfMemory, statement: text) }
        return Array(UnsafeRawBufferPointer(start: start, count: count))
    }
}
