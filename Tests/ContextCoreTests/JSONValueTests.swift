import ContextCore
import FoundationEssentials
import TestSupport
import Testing

@Suite struct JSONValueTests {
    @Test(
        arguments: [
            (.null, "null"), (true, "true"), (0, "0"), (.number(-0.0), "0"), (7, "7"), (-1.5, "-1.5"),
            (.number(9_007_199_254_740_992), "9007199254740992"), (.number(1e300), "1e+300"), ("", "\"\""),
            ("a\"b\\c\n\t\r\u{1}\u{1F}é", "\"a\\\"b\\\\c\\n\\t\\r\\u0001\\u001fé\""), ([], "[]"),
            ([1, ["x"], [:]], "[1,[\"x\"],{}]"),
            (["b": 1, "a": [.null, false]] as JSONValue, "{\"a\":[null,false],\"b\":1}"),
        ] as [(JSONValue, String)]
    )
    func `the text is canonical`(value: JSONValue, text: String) {
        #expect(value.description == text)
    }

    @Test func `random values come back from their text and from coding, and equal values have equal texts`() throws {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<2_000 {
            let value = generator.json(depth: 4)
            let text = value.description
            let read = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
            #expect(read == value, "\(text)")
            #expect(read.description == text)
            let coded = try JSONDecoder().decode([JSONValue].self, from: JSONEncoder().encode([value]))
            #expect(coded == [value], "\(text)")
        }
    }

    @Test func `true is not 1 and a digit in quotes is no number`() throws {
        let read = try JSONDecoder().decode(JSONValue.self, from: Data("[true, 1, 1.0, \"1\", null]".utf8))
        #expect(read == [true, 1, 1, "1", .null])
    }

    @Test(
        arguments: [
            "9007199254740993", "-9007199254740993", "1234567890123456789", "9223372036854775807",
            "-9223372036854775808",
            "36028797018963968", "9007199254740992",
        ]
    )
    func `a whole number of 64 bits keeps every digit`(text: String) throws {
        let read = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
        #expect(read.description == text)
        #expect(String(decoding: try JSONEncoder().encode(read), as: UTF8.self) == text)
        #expect(read == JSONValue(integerLiteral: try #require(Int(text))))
    }

    @Test(arguments: ["18446744073709551615", "123456789012345678901234567890", #"{"id":[1,18446744073709551615]}"#])
    func `a whole number that would lose digits is refused`(text: String) {
        #expect {
            try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
        } throws: { error in
            guard case .dataCorrupted(let context)? = error as? DecodingError else { return false }
            return context.debugDescription.contains("send it as a string")
        }
    }

    @Test(arguments: [("1e30", 1e30), ("1.5e19", 1.5e19), ("1e300", 1e300), ("10000000000000000000", 1e19)])
    func `a large number that is no id stays a number`(text: String, value: Double) throws {
        #expect(try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)) == .number(value))
    }

    @Test func `a number beyond all range is named, also inside of others`() {
        #expect {
            try JSONDecoder().decode(JSONValue.self, from: Data(#"{"a":[1,1e999]}"#.utf8))
        } throws: { error in
            guard case .dataCorrupted(let context)? = error as? DecodingError else { return false }
            return context.codingPath.map(\.stringValue).first == "a"
        }
    }

    @Test func `merging lays the new members over the old ones, one level deep`() {
        let old: JSONValue = ["a": 1, "b": ["x": 1], "c": 3]
        #expect(old.merging(["b": ["y": 2], "c": .null, "d": 4]) == ["a": 1, "b": ["y": 2], "c": .null, "d": 4])
        #expect(old.merging(.emptyObject) == old)
        #expect(old.merging("text") == "text")
        #expect(JSONValue.number(1).merging(old) == old)
    }

    @Test(arguments: [(1, 0), ([], 1), ([:], 1), ([[1]], 2), (["a": ["b": [1]]], 3)] as [(JSONValue, Int)])
    func `depth counts levels of arrays and objects`(value: JSONValue, depth: Int) {
        #expect(value.depth == depth)
    }

    @Test func `what is enumerated under a path is found under it, also where keys are empty or hold dots`() {
        var generator = SeededGenerator(seed: 2)
        for _ in 0..<1_000 {
            let value = JSONValue.object([
                "": generator.json(depth: 3), "a.b": generator.json(depth: 2), "a": generator.json(depth: 3),
            ])
            value.forEachValue { path, found in
                #expect(value.containsValue(at: path) { $0 == found }, "\(path) in \(value)")
            }
        }
    }

    @Test func `a member with an empty key has a path, and its members do not pass for those above`() {
        let value: JSONValue = ["": ["a": 1]]
        var paths: Set<String> = []
        value.forEachValue { path, _ in paths.insert(path) }
        #expect(paths == ["", ".a"])
        #expect(!value.containsValue(at: "a") { _ in true })
        #expect(value.containsValue(at: ".a") { $0 == 1 })
    }

    @Test func `a string is shown to people without quotes, the rest as JSON`() {
        #expect(JSONValue.string("a \"b\"").plainText == "a \"b\"")
        #expect(JSONValue.array(["a"]).plainText == "[\"a\"]")
    }
}
