/// Sections 1 to 5, and 10: frames, pings, reserved bits and opcodes, fragments.
extension WebSocketCase {
    static let framing = frames("1.1", opcode: 1, byte: 0x2A) + frames("1.2", opcode: 2, byte: 0xFE)

    private static func frames(_ section: String, opcode: UInt8, byte: UInt8) -> [WebSocketCase] {
        func frame(_ count: Int) -> Frame { Frame(opcode: opcode, payload: [UInt8](repeating: byte, count: count)) }
        let whole = [0, 125, 126, 127, 128, 65535, 65536].enumerated().map { number, count in
            echo("\(section).\(number + 1)", frame(count))
        }
        return whole + [echo("\(section).8", frame(65536), chop: 997)]
    }

    static let pings: [WebSocketCase] = {
        let binary = Frame(opcode: 9, payload: [0x00, 0xFF, 0xFE, 0xFD, 0xFC, 0xFB, 0x00, 0xFF])
        let longest = Frame(opcode: 9, payload: [UInt8](repeating: 0xFE, count: 125))
        let ten = (0..<10).map { Frame.ping("payload-\($0)") }
        return [
            talk("2.1", [.ping()], gets: [.pong()]),
            talk("2.2", [.ping("Hello, world!")], gets: [.pong("Hello, world!")]),
            talk("2.3", [binary], gets: [Frame(opcode: 10, payload: binary.payload)]),
            talk("2.4", [longest], gets: [Frame(opcode: 10, payload: longest.payload)]),
            offence("2.5", [Frame(opcode: 9, payload: [UInt8](repeating: 0xFE, count: 126))], 1002),
            talk("2.6", [longest], chop: 1, gets: [Frame(opcode: 10, payload: longest.payload)]),
            talk("2.7", [.pong()], gets: []),
            talk("2.8", [.pong("unsolicited pong payload")], gets: []),
            talk("2.9", [.pong("unsolicited pong payload"), .ping("ping payload")], gets: [.pong("ping payload")]),
            talk("2.10", ten, gets: (0..<10).map { .pong("payload-\($0)") }),
            talk("2.11", ten, chop: 1, gets: (0..<10).map { .pong("payload-\($0)") }),
        ]
    }()

    static let reservedBits: [WebSocketCase] = {
        let hello = Frame.text("Hello, world!")
        return [
            offence("3.1", [hello.reserving(1)], 1002),
            offence("3.2", [hello, hello.reserving(2), .ping()], after: [hello], 1002),
            offence("3.3", [hello, hello.reserving(3), .ping()], after: [hello], 1002),
            offence("3.4", [hello, hello.reserving(4), .ping()], chop: 1, after: [hello], 1002),
            offence("3.5", [.binary([0x00, 0xFF, 0xFE, 0xFD, 0xFC, 0xFB, 0x00, 0xFF]).reserving(5)], 1002),
            offence("3.6", [.other(2, "Hello, world!").reserving(6)], 1002),
            offence("3.7", [Frame(opcode: 8, payload: [], reserved: 7)], 1002),
        ]
    }()

    static let opcodes = reserved("4.1", from: 3) + reserved("4.2", from: 11)

    private static func reserved(_ section: String, from first: UInt8) -> [WebSocketCase] {
        let hello = Frame.text("Hello, world!")
        func odd(_ offset: UInt8, _ text: String = "") -> Frame { .other(first + offset, text) }
        return [
            offence("\(section).1", [odd(0)], 1002),
            offence("\(section).2", [odd(1, "reserved opcode payload")], 1002),
            offence("\(section).3", [hello, odd(2), .ping()], after: [hello], 1002),
            offence("\(section).4", [hello, odd(3, "Hello, world!"), .ping()], after: [hello], 1002),
            offence("\(section).5", [hello, odd(4, "Hello, world!"), .ping()], chop: 1, after: [hello], 1002),
        ]
    }

    static let fragmentation: [WebSocketCase] = {
        let parts: [Frame] = [.text("fragment1").open, .more("fragment2")]
        let orphan: [Frame] = [.more("non-continuation payload"), .text("Hello, world!")]
        let openOrphan: [Frame] = [.more("non-continuation payload").open, .text("Hello, world!")]
        let pinged: [Frame] = [parts[0], .ping("ping payload"), parts[1]]
        let pinging: [Frame] = [.pong("ping payload"), .text("fragment1fragment2")]
        let five: [Frame] = [
            .text("fragment1").open, .more("fragment2").open, .ping("pongme 1!"), .more("fragment3").open,
            .more("fragment4").open, .ping("pongme 2!"), .more("fragment5"),
        ]
        let fiveBack: [Frame] = [
            .pong("pongme 1!"), .pong("pongme 2!"), .text("fragment1fragment2fragment3fragment4fragment5"),
        ]
        return [
            offence("5.1", [.ping("fragment1").open, .more("fragment2")], 1002),
            offence("5.2", [.pong("fragment1").open, .more("fragment2")], 1002),
            // The catalogue varies only how the stream is chopped: as it comes, frame by frame, byte by byte.
            echo("5.3", parts), echo("5.4", parts, chop: 15), echo("5.5", parts, chop: 1),
            talk("5.6", pinged, gets: pinging), talk("5.7", pinged, chop: 15, gets: pinging),
            talk("5.8", pinged, chop: 1, gets: pinging),
            offence("5.9", orphan, 1002), offence("5.10", orphan, chop: 30, 1002),
            offence("5.11", orphan, chop: 1, 1002),
            offence("5.12", openOrphan, 1002), offence("5.13", openOrphan, chop: 30, 1002),
            offence("5.14", openOrphan, chop: 1, 1002),
            offence(
                "5.15",
                parts + [.more("fragment3").open, .text("fragment4")],
                after: [.text("fragment1fragment2")],
                1002
            ),
            offence("5.16", [.more("fragment1").open, .text("fragment2").open, .more("fragment3")], 1002),
            offence("5.17", [.more("fragment1"), .text("fragment2").open, .more("fragment3")], 1002),
            offence("5.18", [parts[0], .text("fragment2")], 1002),
            talk("5.19", five, gets: fiveBack), talk("5.20", five, chop: 15, gets: fiveBack),
            echo("10.1.1", Frame.fragments(1, [UInt8](repeating: 0x2A, count: 65536), of: 1300)),
        ]
    }()
}
