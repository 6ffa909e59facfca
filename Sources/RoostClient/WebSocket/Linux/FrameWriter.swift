import Foundation

/// Messages become frames, one each, masked as a client must (RFC 6455, section 5.3).
enum FrameWriter {
    /// - Parameter mask: new for each frame and unpredictable, so that no proxy can be made to read the payload as HTTP.
    static func frame(
        _ opcode: FrameOpcode,
        _ payload: Data,
        mask: UInt32 = UInt32.random(in: .min ... .max)
    ) -> Data {
        var frame: [UInt8] = [0x80 | opcode.rawValue]
        frame.reserveCapacity(payload.count + 14)
        appendLength(payload.count, to: &frame)
        let key = (0..<4).map { UInt8(truncatingIfNeeded: mask >> (24 - 8 * $0)) }
        frame += key
        let start = frame.count
        frame += payload
        for index in start..<frame.count { frame[index] ^= key[(index - start) & 3] }
        return Data(frame)
    }

    /// The shortest of the three forms, with the bit that says "masked".
    private static func appendLength(_ length: Int, to frame: inout [UInt8]) {
        switch length {
        case ...125: frame.append(0x80 | UInt8(length))
        case ...0xFFFF:
            frame.append(0x80 | 126)
            frame += bytes(of: length, count: 2)
        default:
            frame.append(0x80 | 127)
            frame += bytes(of: length, count: 8)
        }
    }

    private static func bytes(of number: Int, count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * (count - 1 - $0))) }
    }
}
