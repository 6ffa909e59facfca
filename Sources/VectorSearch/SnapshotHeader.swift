import CVectorKernels

/// The first 64 bytes of a snapshot: what lies behind them, and whether it is whole.
///
/// Little endian. Everything that can be computed from something else is left out: codes, scales and errors follow from
/// the floats, levels from the slots.
///
/// | offset | bytes | field |
/// | --- | --- | --- |
/// | 0 | 8 | "roostvec" |
/// | 8 | 4 | version, 1 |
/// | 12 | 4 | dimension |
/// | 16 | 4 | slots of the rows |
/// | 20 | 4 | slots of the graph |
/// | 24 | 4 | neighbours |
/// | 28 | 4 | entry, all ones if the graph is empty |
/// | 32 | 4 | words in the upper lists |
/// | 36 | 4 | outdated nodes |
/// | 40 | 8 | checksum of all sections |
/// | 48 | 8 | checksum of bytes 0 ..< 48 |
/// | 56 | 8 | zero |
///
/// The sections follow without gaps:
///
/// | section | bytes |
/// | --- | --- |
/// | floats | slots × dimension rounded up to 16 × 4 |
/// | live, then pending | slots rounded up to 64 / 8 each |
/// | nodes | slots of the graph rounded up to 64 / 8 |
/// | base lists | slots of the graph × 2 × neighbours × 4 |
/// | offsets of upper lists | slots of the graph × 4 |
/// | upper lists | words in the upper lists × 4 |
struct SnapshotHeader: Equatable {
    static let size = 64
    private static let magic: UInt64 = 0x6365_7674_736F_6F72
    private static let version: UInt32 = 1

    var dimension: UInt32
    var slots: UInt32
    var graphSlots: UInt32
    var neighbours: UInt32
    var entry: UInt32
    var upperCount: UInt32
    var retired: UInt32
    var checksum: UInt64

    /// The bytes of all sections together; can't overflow, since each factor has at most 32 bits and is checked or
    /// small.
    var bodySize: Int {
        let rows = Int(slots) * VectorRows.floatStride(Int(dimension)) * 4 + 2 * ((Int(slots) + 63) / 64 * 8)
        let lists = Int(graphSlots) * (2 * Int(neighbours) + 1) * 4 + Int(upperCount) * 4
        return rows + (Int(graphSlots) + 63) / 64 * 8 + lists
    }

    var bytes: [UInt8] {
        var words = [UInt64](repeating: 0, count: Self.size / 8)
        words[0] = Self.magic
        words[1] = Self.pair(Self.version, dimension)
        words[2] = Self.pair(slots, graphSlots)
        words[3] = Self.pair(neighbours, entry)
        words[4] = Self.pair(upperCount, retired)
        words[5] = checksum
        words[6] = vs_checksum(words, 48, 0)
        return words.withUnsafeBytes(Array.init)
    }

    private static func pair(_ low: UInt32, _ high: UInt32) -> UInt64 { UInt64(low) | UInt64(high) << 32 }
}

extension SnapshotHeader {
    /// Reads and checks the header, and that exactly the sections it announces lie behind it.
    init(_ bytes: UnsafeRawBufferPointer) throws(VectorError) {
        guard bytes.count >= Self.size else { throw .badSnapshot("it has \(bytes.count) bytes, less than a header") }
        let words = (0..<Self.size / 8).map { bytes.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self) }
        guard words[0] == Self.magic else { throw .badSnapshot("it does not begin like a vector snapshot") }
        guard UInt32(truncatingIfNeeded: words[1]) == Self.version else { throw .badSnapshot("its version is unknown") }
        guard words[6] == vs_checksum(words, 48, 0), words[7] == 0 else { throw .badSnapshot("its header is damaged") }
        dimension = UInt32(words[1] >> 32)
        (slots, graphSlots) = Self.halves(words[2])
        (neighbours, entry) = Self.halves(words[3])
        (upperCount, retired) = Self.halves(words[4])
        checksum = words[5]
        guard (1...8192).contains(dimension), (2...32).contains(neighbours), graphSlots <= slots else {
            throw .badSnapshot("its header contradicts itself")
        }
        guard bytes.count == Self.size + bodySize else {
            throw .badSnapshot("it has \(bytes.count) bytes instead of \(Self.size + bodySize)")
        }
    }

    private static func halves(_ word: UInt64) -> (UInt32, UInt32) {
        (UInt32(truncatingIfNeeded: word), UInt32(word >> 32))
    }
}
