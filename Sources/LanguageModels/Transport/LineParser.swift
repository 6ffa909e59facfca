/// Cuts newline-delimited JSON into lines; a piece may end anywhere.
package struct LineParser: Sendable {
    package struct TooLong: Error, Equatable {
        package let limit: Int
    }

    private let limit: Int
    private var line: [UInt8] = []

    /// - Parameter limit: bytes of a line.
    package init(limit: Int = 16 << 20) {
        self.limit = limit
    }

    /// The lines that are complete with these bytes, without blank ones.
    package mutating func receive(_ bytes: some Sequence<UInt8>) throws(TooLong) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        for byte in bytes {
            guard byte == 0x0A else {
                line.append(byte)
                guard line.count <= limit else { throw TooLong(limit: limit) }
                continue
            }
            if let line = end() { lines.append(line) }
        }
        return lines
    }

    /// What stands after the last line break.
    package mutating func end() -> [UInt8]? {
        defer { line = [] }
        if line.last == 0x0D { line.removeLast() }
        return line.contains { $0 != 0x20 && $0 != 0x09 } ? line : nil
    }
}
