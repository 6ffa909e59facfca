import ContextCore
import FoundationEssentials
import TestSupport
import Testing

@Suite struct JSONCursorTests {
    @Test(arguments: [
        "null", "true", "false", "0", "-0", "-1", "12.5", "0.1", "123456789012345", "0.30000000000000004", "1e3",
        "-1.5E-7",
        "9007199254740993", "-9223372036854775808", "1152921504606846976", "0.000001", "2.2250738585072014e-308",
        #""""#, #""a""#, #""\"\\\/\b\f\n\r\t""#,
        #""é\u00e9\uD83D\uDE42🙂""#,
        "[]", "[1,[2,[]],{}]", "{}", #"{"a":{"b":[1,"x",null]},"":false}"#, " \t\r\n{ \"a\" : [ 1 , 2 ] } ",
    ])
    func `what is JSON reads as a decoder reads it`(text: String) throws {
        let expected = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
        #expect(JSONValue(text: text) == expected)
    }

    @Test func `a whole number beyond 64 bits is the nearest double`() {
        #expect(JSONValue(text: "12345678901234567890") == .number(12_345_678_901_234_567_168))
    }

    @Test func `of members with the same name the last one stays`() {
        #expect(JSONValue(text: #"{"a":1,"b":2,"a":3}"#) == ["a": 3, "b": 2])
    }

    @Test(arguments: [
        "", " ", "nul", "nulL", "truefalse", "NaN", "Infinity", "1e999", "-", "+1", "01", "-01", "1.", ".5", "1e",
        "1e+", "0x1",
        "\"", "\"a", #""\x""#, #""\u12""#, #""\u12G4""#, #""\uD83D""#, #""\uD83Dx""#, #""\uD83D\u0041""#, #""\uDE42""#,
        "\"a\nb\"",
        #""a\"#, "[", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "]", "{", #"{"a""#, #"{"a":"#, #"{"a":1"#, #"{"a":1,}"#,
        #"{a:1}"#, "{1:2}",
        "1 2", "{} x",
    ])
    func `what is no JSON is refused`(text: String) {
        #expect(JSONValue(text: text) == nil)
    }

    @Test func `bad UTF-8 is refused in a string, in a key and among escapes`() {
        for bytes in [
            [0x22, 0xFF, 0x22], [0x22, 0x5C, 0x6E, 0xC3, 0x22], [0x7B, 0x22, 0xE2, 0x82, 0x22, 0x3A, 0x31, 0x7D],
        ] as [[UInt8]] {
            #expect(bytes.withUnsafeBufferPointer { JSONValue(text: $0) } == nil)
        }
    }

    @Test func `nesting ends at a limit and not at the end of the stack`() {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(JSONValue(text: nested(1_024))?.depth == 1_024)
        #expect(JSONValue(text: nested(1_025)) == nil)
        #expect(JSONValue(text: String(repeating: "{\"a\":", count: 100_000)) == nil)
    }

    /// Damaged texts: whatever comes out, a decoder that accepts it agrees.
    @Test func `damaged texts are refused or read as a decoder reads them`() throws {
        var generator = SeededGenerator(seed: 7)
        let texts = [
            #"{"source":"a.pdf","page":12,"tags":["x","y"],"deep":{"é":-1.25e2,"n":null}}"#,
            #"[true,false,"\u00e9\n",0.5,{"":{}}]"#,
        ]
        let alphabet = Array(#"{}[]",:\tnu0123.eE+-a "#.utf8) + [0xC3, 0xA9, 0x00]
        var accepted = 0
        for round in 0..<600 {
            var bytes = Array(texts[round % texts.count].utf8)
            for _ in 0...Int.random(in: 0..<3, using: &generator) {
                let place = Int.random(in: bytes.indices, using: &generator)
                bytes[place] = alphabet.randomElement(using: &generator) ?? 0
            }
            let value = bytes.withUnsafeBufferPointer { JSONValue(text: $0) }
            #expect(skips(bytes) == (value != nil))
            guard let value else { continue }
            accepted += 1
            guard let expected = try? JSONDecoder().decode(JSONValue.self, from: Data(bytes)) else {
                // Foundation refuses `0e5`, which the RFC allows.
                let text = String(decoding: bytes, as: UTF8.self)
                #expect(text.contains("0e") || text.contains("0E"), "\(text)")
                continue
            }
            #expect(value == expected, "\(String(decoding: bytes, as: UTF8.self))")
        }
        #expect(accepted > 30)
    }

    private func skips(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBufferPointer { bytes in
            var cursor = JSONCursor(bytes)
            return (try? cursor.skip()) != nil && (try? cursor.end()) != nil
        }
    }

    @Test func `members are read one by one, and what nobody wants is passed over`() throws {
        let text = #" {"a":"x","b":[1,{"c":[]},"]"],"n":null,"i":[3,9007199254740993,null],"o":{"deep":"y"},"e":{}} "#
        var read: [String] = []
        try Array(text.utf8).withUnsafeBufferPointer { bytes in
            var cursor = JSONCursor(bytes)
            try cursor.members { name, cursor throws(JSONCursor.Refusal) in
                switch name {
                case "a": read.append(try cursor.text() ?? "nothing")
                case "n": read.append(try cursor.text() ?? "nothing")
                case "i":
                    try cursor.elements { cursor throws(JSONCursor.Refusal) in
                        read.append(try cursor.integer()?.description ?? "nothing")
                    }
                case "o":
                    try cursor.members { name, cursor throws(JSONCursor.Refusal) in
                        read.append("\(name.text)=\(try cursor.value())")
                    }
                default: try cursor.skip()
                }
            }
            try cursor.end()
        }
        #expect(read == ["x", "nothing", "3", "9007199254740993", "nothing", #"deep="y""#])
    }

    @Test func `a name is compared as it is meant, not as it is written`() throws {
        let text = #"{"name":1,"n\u0061me":2,"names":3,"":4,"größe":5,"na":6}"#
        var known: [Int?] = []
        var names: [String] = []
        try Array(text.utf8).withUnsafeBufferPointer { bytes in
            var cursor = JSONCursor(bytes)
            try cursor.members { name, cursor throws(JSONCursor.Refusal) in
                names.append(name.text)
                switch name {
                case "name", "größe": known.append(try cursor.integer())
                case "": known.append(try cursor.integer())
                default: try cursor.skip()
                }
            }
        }
        #expect(known == [1, 2, 4, 5])
        #expect(names == ["name", "name", "names", "", "größe", "na"])
    }

    @Test func `numbers and flags are taken, null is none, and other words are refused`() throws {
        func read<Value>(_ text: String, _ body: (inout JSONCursor) throws(JSONCursor.Refusal) -> Value) -> Value? {
            Array(text.utf8).withUnsafeBufferPointer { bytes in
                var cursor = JSONCursor(bytes)
                return try? body(&cursor)
            }
        }
        let double = { (cursor: inout JSONCursor) throws(JSONCursor.Refusal) in try cursor.double() }
        #expect(read("0.1", double) == 0.1)
        #expect(read("9007199254740993", double) == 9_007_199_254_740_992)
        #expect(read("null", double) == .some(nil))
        #expect(read("true", double) == nil)
        let flag = { (cursor: inout JSONCursor) throws(JSONCursor.Refusal) in try cursor.flag() }
        #expect(read("true", flag) == true)
        #expect(read(" false", flag) == false)
        #expect(read("null", flag) == .some(nil))
        #expect(read("truth", flag) == nil)
        #expect(read("1", flag) == nil)
    }

    @Test(arguments: [#"{"a":1}"#, #"{"a":[]}"#, #"{"a":true}"#, #"{"a":"#, "[]", "7"])
    func `a member of another type than the one asked for is refused`(text: String) {
        Array(text.utf8).withUnsafeBufferPointer { bytes in
            var cursor = JSONCursor(bytes)
            #expect(throws: JSONCursor.Refusal.self) {
                try cursor.members { _, cursor throws(JSONCursor.Refusal) in _ = try cursor.text() }
            }
        }
    }

    @Test(arguments: ["1.5", "1e30", #""1""#, "true", "12345678901234567890123"])
    func `what is no whole number is refused as one`(text: String) {
        Array(text.utf8).withUnsafeBufferPointer { bytes in
            var cursor = JSONCursor(bytes)
            #expect(throws: JSONCursor.Refusal.self) { try cursor.integer() }
        }
    }
}
