/// Section 9: messages of up to 16 MB, many fragments, many packets, many round trips.
extension WebSocketCase {
    /// Text and binary alike: ASCII that repeats with a period to which no power of two is a multiple.
    private static func payload(_ count: Int) -> [UInt8] {
        let period = Array("BAsd7&jh23".utf8)
        var bytes = period
        bytes.reserveCapacity(2 * count)
        while bytes.count < count { bytes += bytes }
        return Array(bytes.prefix(count))
    }

    static func large(section: Int, opcode: UInt8) -> [WebSocketCase] {
        [64, 256, 1024, 4096, 8192, 16384].enumerated().map { number, kilobytes in
            echo("9.\(section).\(number + 1)", Frame(opcode: opcode, payload: payload(kilobytes << 10)))
        }
    }

    static func fragmented(section: Int, opcode: UInt8) -> [WebSocketCase] {
        (0..<9).map { number in
            echo("9.\(section).\(number + 1)", Frame.fragments(opcode, payload(4 << 20), of: 64 << (2 * number)))
        }
    }

    static func chopped(section: Int, opcode: UInt8) -> [WebSocketCase] {
        (0..<6).map { number in
            echo("9.\(section).\(number + 1)", Frame(opcode: opcode, payload: payload(1 << 20)), chop: 64 << number)
        }
    }
}
