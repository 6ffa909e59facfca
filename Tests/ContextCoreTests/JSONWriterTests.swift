import ContextCore
import FoundationEssentials
import TestSupport
import Testing

@Suite struct JSONWriterTests {
    private func text(_ write: (inout JSONWriter) -> Void) -> String {
        var json = JSONWriter()
        write(&json)
        return String(decoding: json.bytes, as: UTF8.self)
    }

    @Test func `members and elements are separated by commas, the first and a member's value are not`() {
        let written = text { json in
            json.object { json in
                json.member("list", [[1], [], [2, 3]])
                json.member("nothing", object: { _ in })
                json.member(
                    "inner",
                    object: {
                        $0.member("text", "["); $0.member("more", true)
                    }
                )
                json.member("squares", array: [2, 3]) { ($1 * $1).write(to: &$0) }
                json.member("null", json: "null")
                json.member("raw", JSONValue.array([.null, ["a": ":"]]))
            }
        }
        #expect(
            written
                == #"{"list":[[1],[],[2,3]],"nothing":{},"inner":{"text":"[","more":true},"squares":[4,9],"null":null,"raw":[null,{"a":":"}]}"#
        )
    }

    @Test func `texts that end like a structure are followed by a comma all the same`() {
        #expect(text { ["{", "[", ":", "", ","].write(to: &$0) } == #"["{","[",":","",","]"#)
    }

    @Test(
        arguments: [
            (0, "0.0"), (-0.0, "-0.0"), (1, "1.0"), (0.1, "0.1"), (-0.0331, "-0.0331"), (1e-5, "1e-05"),
            (.leastNonzeroMagnitude, "1e-45"), (.greatestFiniteMagnitude, "3.4028235e+38"), (.nan, "null"),
            (.infinity, "null"), (-.infinity, "null"),
        ] as [(Float, String)]
    )
    func `a number has its shortest text, and what is no number is null`(value: Float, expected: String) {
        #expect(text { value.write(to: &$0) } == expected)
    }

    @Test func `every float reads back as itself, by an independent reader`() throws {
        var generator = SeededGenerator(seed: 7)
        let floats = (0..<20_000).map { number -> Float in
            let value = Float(bitPattern: UInt32(truncatingIfNeeded: generator.next()))
            return number % 2 == 0 || !value.isFinite ? Float.random(in: -1...1, using: &generator) : value
        }
        var json = JSONWriter(capacity: floats.count * 12)
        floats.write(to: &json)
        let read = try JSONDecoder().decode([Float].self, from: Data(json.bytes))
        #expect(read.map(\.bitPattern) == floats.map(\.bitPattern))
    }

    @Test func `an array of floats is written as that of any values`() {
        for floats in [[], [1], [-0.5, .nan, 3e-10], Array(repeating: Float(0.1), count: 500)] {
            #expect(
                text { json in json.object { $0.member("a", floats) } }
                    == text { json in
                        json.object { $0.member("a", array: floats) { $1.write(to: &$0) } }
                    }
            )
        }
    }

    @Test func `any text reads back as itself, as a value and as a name`() throws {
        var generator = SeededGenerator(seed: 8)
        for _ in 0..<3_000 {
            let value = generator.text(upTo: 12)
            var json = JSONWriter()
            json.object { $0.member(value, value) }
            let read = try JSONDecoder().decode([String: String].self, from: Data(json.bytes))
            #expect(read.count == 1)
            for (name, text) in read {
                // By scalars: String calls two spellings of one letter equal.
                #expect(Array(name.unicodeScalars) == Array(value.unicodeScalars))
                #expect(Array(text.unicodeScalars) == Array(value.unicodeScalars))
            }
        }
    }
}
