import ContextCore
import FoundationEssentials
import Testing

@testable import Retrieval

struct FlatObjectTests {
    @Test(arguments: [
        #"{}"#, #"{"text":"two\nlines, a \"quotation\", a \\ and a \/"}"#, #"{"line":32,"document":"bash(1)"}"#,
        #"{"größe":"mögliche Zeichen 🪵","":"","zero":0}"#, #"{"n":123456789012345}"#,
    ])
    func `What it reads, the general decoder reads the same`(text: String) throws {
        let members = try #require(FlatObject.members(of: text))
        #expect(try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)) == .object(members))
    }

    @Test(arguments: [
        "", "{", "{}}", " {}", #"{"a":}"#, #"{"a" :1}"#, #"{"a":1,}"#, #"{"a":"b}"#, #"{"a":"\u0041"}"#, #"{"a":"\x"}"#,
        #"{"a":true}"#, #"{"a":[1]}"#, #"{"a":{}}"#, #"{"a":-1}"#, #"{"a":1.5}"#, #"{"a":01}"#, #"{"a":1e3}"#,
        #"{"a":1234567890123456}"#, #"{"a":1,"a":2}"#, "{\"a\":\"\u{1}\"}", #"{"a":"b\"#,
    ])
    func `What is not flat, not simple, or damaged is left to the general decoder`(text: String) {
        #expect(FlatObject.members(of: text) == nil)
    }

    @Test
    func `Texts are all texts`() {
        #expect(FlatObject.texts(of: #"{"a":"b","c":"d"}"#) == ["a": "b", "c": "d"])
        #expect(FlatObject.texts(of: #"{"a":"b","c":1}"#) == nil)
    }
}
