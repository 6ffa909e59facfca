import TestSupport
import Testing

@testable import HTTP

@Suite struct MessageTests {
    @Test func `fields are found without regard to case, in order, and replaced together`() {
        var headers: HTTPHeaders = ["Accept": "a", "X": "1", "ACCEPT": "b"]
        #expect(headers["accept"] == "a")
        #expect(headers.all("aCCept") == ["a", "b"])
        headers["Accept"] = "c"
        #expect(headers.fields.map(\.name) == ["X", "Accept"])
        headers["x"] = nil
        #expect(headers["X"] == nil)
        // Letters only: @ and ` differ by the same bit as A and a.
        #expect(HTTPHeaders([.init(name: "X@", value: "")])["X`"] == nil)
    }

    @Test func `a query is decoded pair by pair`() {
        let target = RequestTarget("/search?q=a+b%20c&empty=&flag&q=2&%C3%A9=%26&&=x")
        #expect(target.path == "/search")
        let items = target.queryItems?.map { "\($0.name)=\($0.value)" }
        #expect(items == ["q=a b c", "empty=", "flag=", "q=2", "é=&", "=x"])
        #expect(HTTPRequest(.get, "/?a=1&a=2").query("a") == "1")
        #expect(RequestTarget("/").query == nil)
        #expect(RequestTarget("/?").queryItems?.isEmpty == true)
        for bad in ["/?a=1&b=%zz", "/?%=1", "/?a=%00", "/?a=%C3"] {
            #expect(RequestTarget(bad).queryItems?.count == nil)
            #expect(HTTPRequest(.get, bad).query("a") == nil)
        }
    }

    @Test func `a path is taken apart by bytes, whatever Swift takes for one character`() {
        #expect(RequestTarget("/\u{301}v1/a").segments == ["\u{301}v1", "a"])
        #expect(RequestTarget("/v1/\u{301}a/b").segments == ["v1", "\u{301}a", "b"])
        #expect(RequestTarget("http://host/\u{301}v1").path == "/\u{301}v1")
        #expect(RequestTarget("/?a=1&\u{301}b=\u{301}2").queryItems?.map(\.name) == ["a", "\u{301}b"])
    }

    @Test func `encoding and decoding are inverse for any text`() {
        var random = SeededGenerator(seed: 7)
        for _ in 0..<500 {
            let text = String(
                (0..<Int.random(in: 0..<20, using: &random)).map { _ in
                    Character(Unicode.Scalar(UInt32.random(in: 1..<0xD800, using: &random)) ?? "x")
                }
            )
            #expect(PercentEncoding.decode(PercentEncoding.encode(text)) == text)
        }
    }

    @Test func `no bytes make a target or its decoding crash`() {
        var random = SeededGenerator(seed: 11)
        let alphabet = Array("/%%%..?&=+#:azAF09 é*\u{0}".utf8)
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0..<30, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? 0
            }
            let target = RequestTarget(String(decoding: bytes, as: UTF8.self))
            for segment in target.segments ?? [] { #expect(!segment.utf8.contains(0)) }
            _ = target.queryItems
        }
    }

    @Test func `a request id is taken if it is sane, else made, and never made twice`() {
        #expect(RequestID.make(from: "a-B_9.:z") == "a-B_9.:z")
        for bad in [nil, "", "a b", "a\nb", "é", String(repeating: "a", count: 129)] {
            #expect(RequestID.make(from: bad).count == 16)
        }
        #expect(Set((0..<10_000).map { _ in RequestID.make(from: nil) }).count == 10_000)
    }

    @Test(arguments: [
        (ServerSentEvent(data: "a"), "data: a\n\n"), (ServerSentEvent(data: ""), "data: \n\n"),
        (ServerSentEvent(data: "a\nb\r\nc\rd"), "data: a\ndata: b\ndata: c\ndata: d\n\n"),
        (ServerSentEvent(data: "a\n"), "data: a\ndata: \n\n"), (ServerSentEvent(data: " a"), "data:  a\n\n"),
        (
            ServerSentEvent(data: "x", event: "e\nvil", id: "1\u{0}2", retry: 5),
            "event: e vil\nid: 12\nretry: 5\ndata: x\n\n"
        ),
    ])
    func `an event is encoded so that a client reads what was meant`(event: ServerSentEvent, text: String) {
        #expect(String(decoding: event.encoded, as: UTF8.self) == text)
    }

    @Test func `a comment of several lines is several comments`() {
        #expect(ServerSentEvent.comment("a\nb") == Array(": a\n: b\n\n".utf8))
    }
}

@Suite struct AddressTests {
    @Test(arguments: [
        ("https://host/v1/models?key=secret#x", "https://host/v1/models"),
        ("http://me:secret@host:81", "http://host:81"),
        ("http://me:a@secret@host/p@q", "http://host/p@q"), ("not a url", "not a url"), ("", ""),
        ("http://host?me@secret", "http://host"),
    ])
    func `what messages show of an address has no secrets`(url: String, address: String) {
        #expect(ClientRequest(.get, url).address == address)
    }
}
