import Foundation
import Testing

@testable import RoostClient

@Suite struct EventReaderTests {
    private func read(_ text: String, inPiecesOf size: Int = .max) throws -> [String] {
        var reader = EventReader()
        let bytes = Array(text.utf8)
        var events: [EventReader.Event] = []
        for start in stride(from: 0, to: bytes.count, by: min(size, max(1, bytes.count))) {
            events += try reader.receive(bytes[start..<min(start + min(size, bytes.count), bytes.count)])
        }
        return events.map { "\($0.name)=\(String(decoding: $0.data, as: UTF8.self))" }
    }

    private static let stream =
        ": hello\n\nevent: delta\ndata: {\"content\":\"é\"}\n\ndata:one\r\ndata: two\r\n\r\nid: 7\nevent: empty\n\nretry: 3\rdata\r\r"

    @Test(arguments: [1, 2, 3, 5, .max]) func `events come however the bytes are cut`(size: Int) throws {
        #expect(
            try read(Self.stream, inPiecesOf: size) == ["delta={\"content\":\"é\"}", "message=one\ntwo", "message="]
        )
    }

    @Test func `an event that is not over is no event, and a giant one is refused`() throws {
        #expect(try read("data: x\n").isEmpty)
        var reader = EventReader(limit: 10)
        #expect(throws: RoostError.self) { try reader.receive(Array("data: 0123456789".utf8)) }
        reader = EventReader(limit: 10)
        #expect(throws: RoostError.self) { try reader.receive(Array("data: 01\ndata: 23\ndata: 45678\n\n".utf8)) }
    }

    @Test func `any bytes are read the same, whole or one by one`() throws {
        var random = SystemRandomNumberGenerator()
        let alphabet = Array("data: event:\n\n\r\n:x{}\u{FEFF}é".utf8) + [0xFF, 0x00]
        for _ in 0..<300 {
            let bytes = (0..<Int.random(in: 0...80, using: &random)).compactMap { _ in
                alphabet.randomElement(using: &random)
            }
            var whole = EventReader()
            var pieces = EventReader()
            #expect(try whole.receive(bytes) == bytes.flatMap { try pieces.receive([$0]) }, "\(bytes)")
        }
    }

    @Test func `an answer's events are read, an error is thrown with its words, others are passed over`() throws {
        func event(_ name: String, _ data: String) throws -> ReplyEvent? {
            try ReplyEvent(EventReader.Event(name: name, data: Data(data.utf8)))
        }
        guard case .text("a")? = try event("delta", #"{"content":"a"}"#) else { Issue.record("no text"); return }
        guard case .queued(position: 3)? = try event("queued", #"{"position":3}"#) else {
            Issue.record("no place"); return
        }
        #expect(try event("proposal", "{}") == nil)
        let error = #expect(throws: RoostError.self) {
            try event(
                "error",
                #"{"error":{"message":"Broken.","type":"provider_error","code":"provider_failed","param":null}}"#
            )
        }
        guard case .refused(let refusal)? = error else { Issue.record("\(String(describing: error))"); return }
        #expect(refusal.message == "Broken." && refusal.code == "provider_failed")
        #expect(throws: RoostError.self) { try event("delta", "7") }
        #expect(throws: RoostError.self) { try event("error", "oops") }
    }
}
