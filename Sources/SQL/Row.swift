/// One row of a result: its values by position.
///
///     let (id, title, note) = try row.decode(Int64.self, String.self, String?.self)
package struct Row: Sendable {
    /// Shared by all rows of a result.
    package let columns: [String]
    package let values: [SQL.Value]

    package init(columns: [String], values: [SQL.Value]) {
        self.columns = columns
        self.values = values
    }

    /// Reads all columns, in order.
    ///
    /// Throws ``SQLError/Kind/columnCount(expected:found:)`` unless there is a type for each column, and
    /// ``SQLError/Kind/columnType(name:expected:found:)`` for the first value that does not fit.
    package func decode<each Column: SQLDecodable>(
        _ types: repeat (each Column).Type
    ) throws -> (repeat each Column) {
        var expected = 0
        for _ in repeat each types { expected += 1 }
        guard expected == values.count else {
            throw SQLError(.columnCount(expected: expected, found: values.count))
        }
        var index = 0
        return (repeat try decode((each types), at: &index))
    }

    private func decode<Column: SQLDecodable>(_ type: Column.Type, at index: inout Int) throws -> Column {
        defer { index += 1 }
        guard let value = Column(values[index]) else {
            throw SQLError(
                .columnType(name: columns[index], expected: Column.sqlTypeName, found: values[index].typeName)
            )
        }
        return value
    }
}

extension SQL.Value {
    /// The type alone: a message must not carry the value.
    var typeName: String {
        switch self {
        case .null: "null"
        case .integer: "integer"
        case .real: "real"
        case .text: "text"
        case .blob: "blob"
        }
    }
}
