import HTTP
import Testing

struct `The parser of event streams` {
    private func events(_ text: String, pieces: Int = 1_000) throws -> [ServerSentEvent] {
        var parser = EventStreamParser()
        var events: [ServerSentEvent] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            events += try parser.receive(rest.prefix(pieces))
            rest = rest.dropFirst(pieces)
        }
        return events
    }

    @Test(arguments: 1...12)
    func `It reads what the specification's examples say, however the bytes are cut`(pieces: Int) throws {
        let text =
            "\u{FEFF}: hello\n\ndata: YHOO\ndata: +2\r\ndata: 10\r\rdata\n\ndata\ndata\n\ndata:test\n\n"
            + "event: add\ndata:  two spaces\nid: 7\nretry: 15\nnonsense: x\n\nevent: lost\n\ndata: unfinished\n"
        #expect(
            try events(text, pieces: pieces) == [
                ServerSentEvent(data: "YHOO\n+2\n10"), ServerSentEvent(data: ""), ServerSentEvent(data: "\n"),
                ServerSentEvent(data: "test"), ServerSentEvent(data: " two spaces", event: "add", id: "7", retry: 15),
            ]
        )
    }

    @Test(arguments: 0..<64)
    func `What the writer writes, the parser reads`(seed: Int) throws {
        var generator = SystemRandomNumberGenerator()
        let alphabet = ["a", "ü", "🐓", "\n", "\r", " ", ":", "data:", "x"]
        let data = (0..<Int.random(in: 0...20, using: &generator)).map { _ in
            alphabet.randomElement(using: &generator) ?? ""
        }.joined()
        let event = ServerSentEvent(data: data, event: "e")
        let read = try events(String(decoding: event.encoded, as: UTF8.self), pieces: 1 + seed % 7)
        let lines = data.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r" || $0 == "\r\n" }
        #expect(read == [ServerSentEvent(data: lines.joined(separator: "\n"), event: "e")])
    }

    @Test func `An event without an end is refused at the limit`() {
        var parser = EventStreamParser(limit: 100)
        #expect(throws: EventStreamParser.TooLong.self) {
            try parser.receive(Array(repeating: UInt8(ascii: "x"), count: 101))
        }
    }
}
