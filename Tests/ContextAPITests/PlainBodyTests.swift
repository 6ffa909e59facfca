import ContextCore
import HTTP
import LanguageModels
import TestSupport
import Testing

/// A body that reads itself must say what the decoder would have said.
///
/// A member that nobody knows makes it the decoder's.
@Suite struct PlainBodyTests {
    private static let chat: JSONValue = [
        "model": "scripted:parrot", "stream": false, "temperature": 0.7, "top_p": 1, "max_tokens": 200, "seed": 7,
        "n": 1,
        "user": "u", "stream_options": ["include_usage": true],
        "messages": [
            ["role": "system", "content": "Be brief."], ["role": "user", "content": "A \"gull\"?\nOder Möwe? 🐦"],
        ],
    ]

    private static let search: JSONValue = [
        "query": "how do keepers trim a wick", "mode": "keyword", "collections": ["sea"], "limit": 3, "threshold": 0.01,
        "explain": true,
    ]

    /// The same text with a member more, in front.
    private func unusual(_ text: [UInt8]) -> [UInt8]? {
        guard let brace = text.firstIndex(where: { $0 != 0x20 }), text[brace] == UInt8(ascii: "{") else { return nil }
        let rest = text[(brace + 1)...]
        let isEmpty = rest.first { $0 != 0x20 } == UInt8(ascii: "}")
        return Array(text[...brace]) + Array((isEmpty ? "\"zz\":0" : "\"zz\":0,").utf8) + rest
    }

    private func texts(of body: JSONValue) -> [[UInt8]] {
        var generator = SeededGenerator(seed: 20)
        let mutated = (0..<600).map { round in
            round.isMultiple(of: 2)
                ? Mutation.bytes(of: body, using: &generator)
                : Array(Mutation.value(body, using: &generator).description.utf8)
        }
        let written = [
            #"{"query":"a","query":"b"}"#, #"{"query":"a","limit":2.0}"#, #"{"query":"a","limit":1e1}"#,
            #"{"query":"a","limit":null,"explain":null,"collections":null}"#, #"{"query":"\u00e9\ud83d\udc26"}"#,
            #"{"query":null}"#, "{}", #"{"query":"a","limit":99999999999999999999}"#, #"{"query":"a"} x"#,
            #"{"messages":[]}"#, #"{"messages":null}"#, #"{"messages":[{"role":"user"}]}"#,
            #"{"messages":[{"role":"user","content":"a","role":"tool"}]}"#,
            #"{"messages":[{"role":"user","content":null}]}"#,
            #"{"messages":[{"role":"user","content":"a"}],"stream_options":{}}"#,
            #"{"messages":[{"role":"user","content":"a"}],"stream_options":null,"seed":-9007199254740993}"#,
            #"{"messages":[{"role":"user","content":"a"}],"stream_options":{"include_usage":true,"include_usage":false}}"#,
            #"{"messages":[{"role":"user","content":"a"}],"temperature":0.1e1,"n":1.0}"#,
        ]
        return [Array(body.description.utf8)] + written.map { Array($0.utf8) } + mutated
    }

    @Test func `a search is the same, read either way`() async throws {
        try await withRoost { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            var found = 0
            for text in texts(of: Self.search) {
                guard let other = unusual(text) else { continue }
                let (plain, decoded) = (
                    await roost.send(.post, "/v1/search", bytes: text),
                    await roost.send(.post, "/v1/search", bytes: other)
                )
                let words = String(decoding: text, as: UTF8.self)
                #expect(plain.status == decoded.status, "\(words)")
                #expect(plain.body["results"] == decoded.body["results"], "\(words)")
                #expect(plain.body["error"]["code"] == decoded.body["error"]["code"], "\(words)")
                #expect(plain.body["error"]["param"] == decoded.body["error"]["param"], "\(words)")
                found += plain.body["results"].elements.isEmpty ? 0 : 1
            }
            #expect(found > 50)
        }
    }

    @Test func `a chat request is the same, read either way`() async throws {
        let model = ScriptedModel(.say(["Yes."]))
        try await withRoost(models: model.catalog) { roost in
            var answered = 0
            for text in texts(of: Self.chat) {
                guard let other = unusual(text) else { continue }
                let before = model.requests.count
                let plain = await roost.send(.post, "/v1/chat/completions", bytes: text)
                let asked = model.requests.count - before
                let decoded = await roost.send(.post, "/v1/chat/completions", bytes: other)
                let words = String(decoding: text, as: UTF8.self)
                #expect(plain.status == decoded.status, "\(words)")
                #expect(plain.body["error"]["code"] == decoded.body["error"]["code"], "\(words)")
                #expect(plain.body["error"]["param"] == decoded.body["error"]["param"], "\(words)")
                #expect(model.requests.count == before + 2 * asked, "\(words)")
                guard asked == 1 else { continue }
                let requests = model.requests.suffix(2).map { "\($0)" }
                #expect(requests.first == requests.last, "\(words)")
                answered += 1
            }
            #expect(answered > 50)
        }
    }
}
