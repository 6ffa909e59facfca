import ContextCore
import TestSupport

extension SeededGenerator {
    /// Quotes, controls, marks that join what stands before them, and scripts of all kinds.
    mutating func text(upTo limit: Int) -> String {
        let ranges: [ClosedRange<UInt32>] = [
            0x20...0x7E, 0x20...0x24, 0...0x1F, 0x5C...0x5C, 0x300...0x310, 0x600...0x605, 0x2028...0x2029,
            0x1F600...0x1F64F,
            0...0x10FFFF,
        ]
        return text(upTo: limit, from: ranges)
    }

    mutating func json(depth: Int) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 5), using: &self) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &self))
        case 2: return .number(Double(Int.random(in: -1_000_000...1_000_000, using: &self)))
        case 3: return .number(number())
        case 4: return .string(text(upTo: 8))
        case 5: return .array((0..<Int.random(in: 0...3, using: &self)).map { _ in json(depth: depth - 1) })
        default:
            var members: [String: JSONValue] = [:]
            for _ in 0..<Int.random(in: 0...3, using: &self) { members[text(upTo: 4)] = json(depth: depth - 1) }
            return .object(members)
        }
    }

    /// Any finite number there is.
    private mutating func number() -> Double {
        let value = Double(bitPattern: next())
        return value.isFinite ? value : 0.1
    }
}
