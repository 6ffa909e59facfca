import SQL
import Testing

@Suite struct StatementTests {
    @Test func `an interpolated value is bound and never part of the text`() {
        let name = "'; DROP TABLE passage; --"
        let statement: SQL = "SELECT id FROM passage WHERE name = \(name) AND size > \(3)"
        #expect(statement.text == "SELECT id FROM passage WHERE name = ? AND size > ?")
        #expect(statement.bindings == [.text(name), .integer(3)])
        #expect(statement.pieces == ["SELECT id FROM passage WHERE name = ", " AND size > ", ""])
    }

    @Test func `every type has its binding, and nil of any type is null`() {
        let nothing: Int64? = nil
        let statement: SQL =
            "\(1) \(Int64.min) \(0.5) \(true) \(false) \([UInt8](arrayLiteral: 1, 2)) \(nothing) \(String?.some("x"))"
        #expect(
            statement.bindings == [
                .integer(1), .integer(.min), .real(0.5), .integer(1), .integer(0), .blob([1, 2]), .null, .text("x"),
            ]
        )
        let nulls: SQL = "\(String?.none) \(Int?.none) \(Double?.none) \(Bool?.none) \([UInt8]?.none)"
        #expect(nulls.bindings == Array(repeating: .null, count: 5))
    }

    @Test func `joined statements keep the order and the places of their bindings`() {
        var statement: SQL = "SELECT é FROM t WHERE a = \(1)"
        statement += " AND b = \(2)"
        let joined = statement + " AND (\("c = \(3)" as SQL)) LIMIT \(4)"
        #expect(joined.text == "SELECT é FROM t WHERE a = ? AND b = ? AND (c = ?) LIMIT ?")
        #expect(joined.bindings == [.integer(1), .integer(2), .integer(3), .integer(4)])
        #expect(
            joined.pieces == ["SELECT é FROM t WHERE a = ", " AND b = ", " AND (c = ", ") LIMIT ", ""]
        )
    }

    @Test func `lists of all lengths share few texts, and an empty one is a query without rows`() {
        func text(_ count: Int) -> SQL { "x IN (\(list: Array(0..<Int64(count))))" }
        #expect(text(0).text == "x IN (SELECT 0 WHERE FALSE)")
        #expect(text(1).text == "x IN (?)")
        #expect(text(3).text == "x IN (?, ?, ?, ?)")
        #expect(text(3).bindings == [.integer(0), .integer(1), .integer(2), .integer(2)])
        #expect(Set((1...1_000).map { text($0).text }).count == 11)
        #expect(("\(list: [String]())" as SQL).text == "SELECT '' WHERE FALSE")
    }

    @Test func `an identifier is quoted`() {
        let statement: SQL = "SELECT \(identifier: "odd \" name") FROM t"
        #expect(statement.text == "SELECT \"odd \"\" name\" FROM t")
        #expect(statement.bindings.isEmpty)
    }
}

@Suite struct RowTests {
    let row = Row(columns: ["key", "text", "note"], values: [.integer(7), .text("seven"), .null])

    @Test func `a row decodes by position`() throws {
        let (key, text, note) = try row.decode(Int64.self, String.self, String?.self)
        #expect(key == 7)
        #expect(text == "seven")
        #expect(note == nil)
    }

    @Test func `a value of the wrong type names the column and both types, and not the value`() {
        let error = #expect(throws: SQLError.self) { try row.decode(Int64.self, Double.self, String?.self) }
        #expect(error?.kind == .columnType(name: "text", expected: "real", found: "text"))
        #expect(error?.description.contains("seven") == false)
    }

    @Test func `null is an error unless the type is optional`() {
        let error = #expect(throws: SQLError.self) { try row.decode(Int.self, String.self, String.self) }
        #expect(error?.kind == .columnType(name: "note", expected: "text", found: "null"))
    }

    @Test func `too few and too many types are errors`() {
        let few = #expect(throws: SQLError.self) { try row.decode(Int64.self) }
        #expect(few?.kind == .columnCount(expected: 1, found: 3))
        let many = #expect(throws: SQLError.self) {
            try row.decode(Int64.self, String.self, String?.self, Int.self)
        }
        #expect(many?.kind == .columnCount(expected: 4, found: 3))
    }

    @Test func `a boolean is 0 or 1, and an integer reads as a double only where that is exact`() {
        #expect(Bool(SQL.Value.integer(1)) == true)
        #expect(Bool(SQL.Value.integer(2)) == nil)
        #expect(Double(SQL.Value.integer(3)) == 3)
        #expect(Double(SQL.Value.integer(.max)) == nil)
        #expect(Int64(SQL.Value.text("1")) == nil)
        #expect([UInt8](SQL.Value.text("1")) == nil)
    }
}
