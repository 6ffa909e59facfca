import Runtime

/// Appends numbers and texts to a snapshot, little endian, each variable part behind its length.
struct SnapshotWriter {
    private(set) var bytes: [UInt8] = []

    mutating func write(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func write(_ text: String) {
        write(UInt32(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    mutating func write(section: [UInt8]) {
        write(UInt64(section.count))
        bytes.append(contentsOf: section)
    }

    /// SHA-256 of everything before it.
    mutating func writeDigest() {
        bytes += SHA256.hash(bytes)
    }

    mutating func write<Number: FixedWidthInteger>(_ numbers: [Number]) {
        write(UInt32(numbers.count))
        bytes.reserveCapacity(bytes.count + numbers.count * MemoryLayout<Number>.size)
        for number in numbers { write(number) }
    }
}

/// Reads what ``SnapshotWriter`` wrote. Never reads past the end and never allocates more than is there.
struct SnapshotReader {
    /// The bytes are no snapshot of this version, or they are damaged. The index is built anew then.
    struct Damaged: Error {}

    private let bytes: [UInt8]
    private var offset = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { offset == bytes.count }

    mutating func read<Number: FixedWidthInteger>(_ type: Number.Type = Number.self) throws(Damaged) -> Number {
        let range = try take(MemoryLayout<Number>.size)
        return bytes.withUnsafeBytes { Number(littleEndian: $0.loadUnaligned(fromByteOffset: range.lowerBound, as: type)) }
    }

    mutating func readText() throws(Damaged) -> String {
        let count = try read(UInt32.self)
        let range = try take(Int(count))
        guard let text = String(validating: bytes[range], as: UTF8.self) else { throw Damaged() }
        return text
    }

    mutating func readSection() throws(Damaged) -> [UInt8] {
        let count = try read(UInt64.self)
        guard let count = Int(exactly: count) else { throw Damaged() }
        return Array(bytes[try take(count)])
    }

    mutating func readNumbers<Number: FixedWidthInteger>(
        _ type: Number.Type = Number.self
    ) throws(Damaged) -> [Number] {
        let count = Int(try read(UInt32.self))
        let size = MemoryLayout<Number>.size
        let (length, overflows) = count.multipliedReportingOverflow(by: size)
        guard !overflows else { throw Damaged() }
        let range = try take(length)
        return bytes.withUnsafeBytes { bytes in
            (0..<count).map {
                Number(littleEndian: bytes.loadUnaligned(fromByteOffset: range.lowerBound + $0 * size, as: type))
            }
        }
    }

    /// Reads what ``SnapshotWriter/writeDigest()`` wrote.
    mutating func readDigest() throws(Damaged) {
        let digest = SHA256.hash(bytes[..<offset])
        guard Array(bytes[try take(digest.count)]) == digest else { throw Damaged() }
    }

    private mutating func take(_ count: Int) throws(Damaged) -> Range<Int> {
        guard count >= 0, count <= bytes.count - offset else { throw Damaged() }
        defer { offset += count }
        return offset..<offset + count
    }
}
