import CJSONScanner
import ContextCore
import FoundationEssentials
import TestSupport
import Testing

@testable import ContextAPI

/// The scanner beside Foundation's decoder: the same texts are JSON, and they say the same.
@Suite struct JSONScannerTests {
    /// The whole text as one value, if it is one.
    private static func scan<Result>(_ text: [UInt8], _ read: (JSONSlice) -> Result) -> Result? {
        text.withUnsafeBytes { bytes in
            var reader = JSONReader(bytes)
            guard let value = try? reader.value(), (try? reader.end()) != nil else { return nil }
            return read(value)
        }
    }

    private static func decode(_ text: [UInt8]) -> JSONValue? {
        try? JSONDecoder().decode(JSONValue.self, from: Data(text))
    }

    @Test func `a mutated text is JSON for both or for neither, and says the same`() {
        var generator = SeededGenerator(seed: 7)
        let whole: JSONValue = [
            "a": [1, -2.5, 1e30, true, false, .null, ["b": "é\u{1F600}\"\\\n\u{1}"]], "c": [:], "d": [], "e": "",
            "numbers": [0, -0.0, 12_345_678_901_234, 0.1, 1e-7, 123.456e7],
        ]
        var valid = 0
        for _ in 0..<4_000 {
            let text = Mutation.bytes(of: whole, using: &generator)
            // Foundation reads other encodings and a byte order mark too; a socket's text is UTF-8 without one.
            guard String(validating: text, as: UTF8.self) != nil, !text.contains(0), text.first != 0xEF else {
                continue
            }
            let expected = Self.decode(text)
            let found = Self.scan(text) { $0.isNotFinite ? nil : Self.decode(Array($0.minified.utf8)) } ?? nil
            #expect(found == expected, "\(String(decoding: text, as: UTF8.self))")
            valid += expected == nil ? 0 : 1
        }
        #expect((200..<3_800).contains(valid))
    }

    @Test func `no cut of a text is a text`() {
        let text = Array(
            #"{"a":[1.5e+3,-0,"x\u00e9\ud83d\ude00\n",{"b":null}],"c":true,"d":false,"e":NaN,"f":-Infinity}"#.utf8
        )
        #expect(Self.scan(text) { $0.isNotFinite } == true)
        for count in 0..<text.count { #expect(Self.scan(Array(text.prefix(count))) { $0.range } == nil) }
    }

    @Test(arguments: [
        ("01", json_bad_number), ("1.", json_truncated), (".5", json_unexpected), ("+1", json_unexpected),
        ("1e", json_truncated), ("-", json_truncated), ("1x", json_bad_number), ("1.2.3", json_bad_number),
        ("nan", json_unexpected), ("Nan", json_bad_number), ("-Infinit", json_bad_number),
        ("\"\u{1}\"", json_bad_string),
        (#""\x""#, json_bad_string), (#""\ud800""#, json_unpaired_surrogate),
        (#""\udc00\ud800""#, json_unpaired_surrogate),
        (#""\ud800\u0041""#, json_unpaired_surrogate), (#""\u12g4""#, json_bad_string), ("\"abc", json_truncated),
        ("[1,]", json_unexpected), ("[1 2]", json_unexpected), ("{\"a\" 1}", json_unexpected),
        ("{a:1}", json_unexpected),
        ("{\"a\":1,}", json_unexpected), ("[1}", json_unexpected), ("tru", json_truncated), ("trux", json_unexpected),
        ("", json_truncated), ("]", json_unexpected),
    ])
    func `what is no JSON is refused with its reason`(text: String, fault: json_fault) {
        Array(text.utf8).withUnsafeBytes { bytes in
            var reader = JSONReader(bytes)
            #expect(throws: JSONMalformed.self) { try reader.value() }
            #expect(json_scan(reader.text, 0).fault == fault, "\(text)")
        }
    }

    @Test func `64 levels are read, 65 are too deep`() {
        for (levels, isFine) in [(64, true), (65, false), (5_000, false)] {
            let text = Array((String(repeating: "[", count: levels) + String(repeating: "]", count: levels)).utf8)
            #expect((Self.scan(text) { $0.range } != nil) == isFine)
        }
    }

    /// Digits as encoders print them, and as only an adversary does.
    private static func number(using generator: inout SeededGenerator) -> String {
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: return "\(Double.random(in: -1...1, using: &generator))"
        case 1: return "\(Float.random(in: -1...1, using: &generator))"
        case 2:
            // The middle between two floats, or right beside it, where a double's last bit decides.
            let float = Float.random(in: -2...2, using: &generator)
            let middle = (Double(float) + Double(float.nextUp)) / 2
            return "\([middle, middle.nextUp, middle.nextDown].randomElement(using: &generator) ?? middle)"
        case 3: return "\(Double(bitPattern: generator.next() & 0x7FDF_FFFF_FFFF_FFFF))"
        default:
            let digits = { (count: Int, generator: inout SeededGenerator) in
                (0..<count).map { _ in "\(Int.random(in: 0...9, using: &generator))" }.joined()
            }
            let whole =
                Bool.random(using: &generator)
                ? "0" : "1" + digits(Int.random(in: 0...24, using: &generator), &generator)
            let fraction = digits(Int.random(in: 1...30, using: &generator), &generator)
            let exponent = Bool.random(using: &generator) ? "" : "e\(Int.random(in: -340...330, using: &generator))"
            return "-\(whole).\(fraction)\(exponent)"
        }
    }

    @Test func `every number is the nearest double, and in a vector that double's nearest float`() {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<300 {
            let texts = (0..<100).map { _ in Self.number(using: &generator) }
            let array = Array(("[" + texts.joined(separator: " , ") + "]").utf8)
            let floats = Self.scan(array) { $0.floats(capacity: 100) } ?? nil
            let expected = texts.map { Double($0) ?? .nan }
            #expect(floats?.info.count == 100)
            for (index, text) in texts.enumerated() {
                #expect(floats?.numbers[index].bitPattern == Float(expected[index]).bitPattern, "\(text)")
                #expect(Self.scan(Array(text.utf8)) { $0.number } == expected[index], "\(text)")
            }
            let isFinite = expected.allSatisfy { Float($0).isFinite }
            #expect(floats?.info.not_finite == !isFinite)
        }
    }

    @Test(arguments: [
        "NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1e39", "null", "123456789012345678901234567890e400",
    ])
    func `a number that no float holds is seen among others`(word: String) {
        let found = Self.scan(Array("[1,\(word) , 2]".utf8)) { $0.floats(capacity: 2) } ?? nil
        #expect(found?.info.count == 3 && found?.info.not_finite == true && found?.info.stranger == 3)
    }

    @Test(arguments: ["0e999", "0.000e-999", "1e-999", "-1e-400", "0.0000000000000000000000000000001e5"])
    func `a number that is too small is nearly nothing, and no fault`(word: String) {
        let found = Self.scan(Array("[\(word)]".utf8)) { $0.floats(capacity: 1) } ?? nil
        #expect(found?.info.not_finite == false)
        #expect(abs(found?.numbers.first ?? 1) < 1e-20)
    }

    @Test func `random bytes are refused or read, and nothing beyond them is touched`() {
        var generator = SeededGenerator(seed: 3)
        let alphabet = Array(#"{}[]",:\u0aeE+-.123456789NaInfitylrs "#.utf8) + [0, 0xFF, 0xC3]
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...40, using: &generator)
            let bytes = (0..<count).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
            _ = Self.scan(bytes) { ($0.minified, $0.string, $0.number, $0.floats(capacity: 3)?.numbers.count) }
        }
    }
}
