import CVectorKernels

/// Copies the sections of a snapshot to their places, one after the other, and sums them up on the way.
///
/// The header has proved that the sections have the length that they are read with.
struct SnapshotReader {
    private let bytes: UnsafeRawBufferPointer
    private var offset = SnapshotHeader.size
    private(set) var checksum: UInt64 = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    mutating func copy(into section: UnsafeMutableRawBufferPointer) {
        guard let to = section.baseAddress, let from = bytes.baseAddress, !section.isEmpty else { return }
        precondition(section.count <= bytes.count - offset, "the header's size was checked against the bytes")
        checksum = vs_checksum_copy(to, from + offset, section.count, checksum)
        offset += section.count
    }

    /// Reads the set of those among `slots` slots whose bit is set.
    mutating func bitset(slots: Int) -> Bitset {
        var words = [UInt64](repeating: 0, count: (slots + 63) / 64)
        words.withUnsafeMutableBytes { copy(into: $0) }
        return Bitset(words: words)
    }
}

/// Sums sections up in the order in which a reader will meet them.
struct SnapshotChecksum {
    private(set) var value: UInt64 = 0

    mutating func add(_ section: UnsafeRawBufferPointer) {
        guard let base = section.baseAddress, !section.isEmpty else { return }
        value = vs_checksum(base, section.count, value)
    }
}
