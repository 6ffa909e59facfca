import Documents
import Testing

@Suite struct RecordTests {
    @Test func `elements of an array are records of paths and values`() throws {
        let text = "[\n {\"a\": {\"b\": [1, \"x\\u00e4\\ud83d\\ude00\"]}, \"c\": null},\n true\n]"
        let document = try parse(text, name: "a.json")
        #expect(document.texts == ["a.b[0]: 1\na.b[1]: xä😀\nc: null", "true"])
        #expect(document.sections.map(\.location) == [.line(2), .line(3)])
        #expect(document.sections.allSatisfy { $0.kind == .record })
    }

    @Test(arguments: ["{\"a\":[],\"b\":{}}", "[]", "{}"])
    func `nothing gives nothing`(text: String) throws {
        #expect(try parse(text, name: "a.json").sections.isEmpty)
    }

    @Test(arguments: [
        "", "{", "[1,]", "[1 2]", "{\"a\"}", "{a:1}", "\"\\x\"", "\"open", "01", "1.", "tru", "[1]]", "{\"a\":1}x",
        "\"\\u12\"",
        "\"\n\"", "-", "NaN", "[", "{\"a\":",
    ])
    func `broken JSON is refused with the line`(text: String) {
        let error = #expect(throws: DocumentError.self) { try parse(text, name: "a.json") }
        guard case .malformed("JSON", .some, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `half a surrogate pair is replaced`() throws {
        #expect(try parse("[\"\\ud83dx\", \"\\udc00\"]", name: "a.json").texts == ["\u{FFFD}x", "\u{FFFD}"])
    }

    @Test func `nesting and growth are bounded`() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: DocumentError.tooLarge(.nesting, value: 257, limit: 256)) { try parse(deep, name: "a.json") }
        let key = String(repeating: "k", count: 10_000)
        let wide = "{\"\(key)\":[" + String(repeating: "[],", count: 20_000) + "[]]}"
        #expect(throws: DocumentError.self) { try parse(wide, name: "a.json") }
    }

    @Test func `a bad line of JSON lines is a warning and the rest goes on`() throws {
        let document = try parse("{\"a\":1}\n\n{bad}\n{\"a\":2}\n", name: "a.jsonl")
        #expect(document.texts == ["a: 1", "a: 2"])
        #expect(document.sections.map(\.location) == [.line(1), .line(4)])
        #expect(document.warnings.count == 1)
        #expect(document.warnings.first?.hasPrefix("Line 3 ") == true)
    }

    @Test func `thousands of bad lines are not thousands of warnings`() throws {
        let document = try parse(String(repeating: "x\n", count: 3_000), name: "a.jsonl")
        #expect(document.warnings.count == 21)
        #expect(document.warnings.last == "2980 more lines are not valid JSON and were left out.")
    }

    @Test(
        arguments: [
            ("name,note\nAda,\"a, \"\"b\"\"\nc\"\nBo,\n", ["name: Ada\nnote: a, \"b\"\nc", "name: Bo"]),
            ("a;b\n1;2,5\n", ["a: 1\nb: 2,5"]),
            ("a\tb\n1\t2", ["a: 1\nb: 2"]),
            ("1,2\n3,4\n", ["column 1: 1\ncolumn 2: 2", "column 1: 3\ncolumn 2: 4"]),
            ("a,b\n1,2,3\n", ["a: 1\nb: 2\ncolumn 3: 3"]),
            ("a,b\n\"open", ["a: open"]),
            ("a,b\r\n\"x\"y,2\r\n", ["a: xy\nb: 2"]),
        ] as [(String, [String])]
    )
    func `rows are records with the names of their columns`(text: String, records: [String]) throws {
        #expect(try parse(text, name: "a.csv").texts == records)
    }

    @Test func `a row knows the line where it begins, also after quoted lines`() throws {
        let document = try parse("a,b\n\"1\n1\",2\n\n3,4\n", name: "a.csv")
        #expect(document.sections.map(\.location) == [.line(2), .line(5)])
    }

    @Test func `uneven rows and open quotes are warnings`() throws {
        #expect(try parse("a,b\n1\n2,\"x", name: "a.csv").warnings.count == 2)
    }
}
