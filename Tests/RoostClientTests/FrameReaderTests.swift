import Foundation
import Testing

@testable import RoostClient

@Suite struct FrameReaderTests {
    /// The events that come of the bytes in pieces of `size`, and how it ended.
    private func read(
        _ bytes: [UInt8],
        inPiecesOf size: Int = .max,
        limit: Int = 1_000
    ) -> (events: [FrameReader.Event], violation: ProtocolViolation?) {
        var reader = FrameReader(limit: limit)
        var events: [FrameReader.Event] = []
        for start in stride(from: 0, to: bytes.count, by: min(size, max(1, bytes.count))) {
            reader.append(Data(bytes[start..<min(start + min(size, bytes.count), bytes.count)]))
            do throws(ProtocolViolation) {
                while let event = try reader.next() { events.append(event) }
            } catch {
                return (events, error)
            }
        }
        return (events, nil)
    }

    private func text(_ text: String) -> FrameReader.Event { .text(Data(text.utf8)) }

    private static let conversation: [UInt8] =
        [0x81, 2] + Array("ab".utf8)  // a message
        + [0x01, 1] + Array("c".utf8)  // the first fragment of another,
        + [0x89, 1, 7]  // a ping between,
        + [0x00, 0]  // an empty fragment,
        + [0x80, 1] + Array("d".utf8)  // and the last
        + [0x82, 1, 9, 0x8A, 0]
        + [0x88, 5, 0x03, 0xE9] + Array("bye".utf8)

    @Test(arguments: [1, 2, 3, 7, .max]) func `frames become messages however the bytes come`(size: Int) {
        let (events, violation) = read(Self.conversation, inPiecesOf: size)
        #expect(
            events == [
                text("ab"), .ping(Data([7])), text("cd"), .binary, .pong, .close(code: 1001, reason: "bye"),
            ]
        )
        #expect(violation == nil)
    }

    @Test func `lengths of two and of eight bytes`() {
        let medium = [UInt8](repeating: 0x61, count: 300)
        let large = [UInt8](repeating: 0x62, count: 70_000)
        let bytes = [0x81, 126, 1, 44] + medium + [0x81, 127, 0, 0, 0, 0, 0, 1, 0x11, 0x70] + large
        #expect(read(bytes, limit: 70_000).events == [.text(Data(medium)), .text(Data(large))])
    }

    @Test(
        arguments: [
            ([0xC1, 0], 1002), ([0x81, 0x80], 1002), ([0x83, 0], 1002), ([0x09, 0], 1002), ([0x89, 126, 0, 200], 1002),
            ([0x80, 0], 1002), ([0x01, 0, 0x81, 0], 1002), ([0x88, 1, 3], 1002), ([0x81, 1, 0xFF], 1007),
            ([0x88, 3, 3, 0xE8, 0xFF], 1007), ([0x81, 126, 3, 0xE9], 1009),
            ([0x81, 127] + [UInt8](repeating: 0xFF, count: 8), 1009),
        ] as [([UInt8], UInt16)]
    )
    func `what a server may not send has its close code`(bytes: [UInt8], code: UInt16) {
        #expect(read(bytes).violation?.closeCode == code)
    }

    @Test func `a message of fragments is held to the limit as a whole`() {
        let half: [UInt8] = [126, 2, 0x58] + [UInt8](repeating: 0x61, count: 600)
        #expect(read([0x01] + half + [0x80] + half).violation?.closeCode == 1009)
        #expect(read([0x01] + half + [0x80] + half, limit: 1_200).violation == nil)
    }

    @Test func `any bytes give the same events whole and byte by byte`() {
        var random = SeededGenerator(state: 11)
        for _ in 0..<3_000 {
            var bytes = Self.conversation
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            let (whole, pieces) = (read(bytes), read(bytes, inPiecesOf: 1))
            #expect(whole.events == pieces.events && whole.violation == pieces.violation)
        }
    }

    /// The reader takes no masks, so this takes them off first.
    @Test(arguments: [0, 1, 125, 126, 65_535, 65_536]) func `a written frame is masked and reads back`(count: Int)
        throws
    {
        let payload = Data((0..<count).map { UInt8(0x20 + $0 % 64) })
        var frame = Array(FrameWriter.frame(.text, payload, mask: 0x0102_03F4))
        #expect(frame[0] == 0x81 && frame[1] & 0x80 != 0)
        frame[1] &= 0x7F
        let head = frame[1] == 127 ? 10 : frame[1] == 126 ? 4 : 2
        #expect(Array(frame[head..<head + 4]) == [1, 2, 3, 0xF4])
        let unmasked = frame[(head + 4)...].enumerated().map { $1 ^ [1, 2, 3, 0xF4][$0 % 4] }
        #expect(read(Array(frame[..<head]) + unmasked, limit: 65_536).events == [.text(payload)])
    }
}

/// SplitMix64: the same numbers in every run.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
