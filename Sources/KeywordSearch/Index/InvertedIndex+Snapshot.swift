/// The index as bytes, little-endian:
///
///     offset  size  field
///     0       8     "ROOSTKWI"
///     8       4     version of this layout, 1
///     12      4     version of the analyzer that made the terms
///     16      8     hash of everything from offset 24 on
///     24      4     number of slots
///     28      4     number of terms
///     32            per slot: varint, 0 without a passage, otherwise its length plus 1
///                   per term: varint size of its text, the text, varint number of postings,
///                   per posting: varint of twice the gap to the previous slot (the first: to -1) less 1, plus 1 if
///                                a byte with the frequency follows (it does unless the frequency is 1)
///
/// The passages' lists of terms are not stored: reading the postings term by term yields them in order. Terms that no
/// passage holds are not stored either. About 2 bytes a posting.
extension InvertedIndex {
    static let magic = Array("ROOSTKWI".utf8)
    static let layoutVersion: UInt32 = 1
    static let checkedOffset = 24
    static let checksumSeed: UInt64 = 0x524F_4F53_544B_5749

    package func snapshot() -> [UInt8] {
        var bytes = Self.magic
        bytes.reserveCapacity(statistics.postings * 2 + lengths.count * 2 + 1024)
        append(Self.layoutVersion, to: &bytes)
        append(TextAnalyzer.version, to: &bytes)
        append(UInt64(0), to: &bytes)
        append(UInt32(lengths.count), to: &bytes)
        append(UInt32(statistics.terms), to: &bytes)
        for length in lengths { Varint.append(length < 0 ? 0 : UInt32(length) + 1, to: &bytes) }
        for (number, list) in lists.enumerated() where list.count > 0 {
            let text = terms.bytes(of: number)
            Varint.append(UInt32(text.count), to: &bytes)
            bytes.append(contentsOf: text)
            append(list, to: &bytes)
        }
        let checksum = bytes.withUnsafeBytes { Self.checksum($0) }
        withUnsafeBytes(of: checksum.littleEndian) { bytes.replaceSubrange(16..<24, with: $0) }
        return bytes
    }

    static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        TermHash.hash(UnsafeRawBufferPointer(rebasing: bytes[checkedOffset...]), seed: checksumSeed)
    }

    private func append(_ list: PostingList, to bytes: inout [UInt8]) {
        Varint.append(UInt32(list.count), to: &bytes)
        var next: UInt32 = 0
        for posting in list.postings {
            let isRepeated = posting.frequency > 1
            Varint.append((posting.slot - next) << 1 | (isRepeated ? 1 : 0), to: &bytes)
            if isRepeated { bytes.append(UInt8(posting.frequency)) }
            next = posting.slot + 1
        }
    }

    private func append(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }
}

/// Why bytes are no snapshot of this version; the owner then rebuilds the index from its passages.
package enum SnapshotError: Error, Equatable {
    case notASnapshot
    case unsupportedVersion(UInt32)
    /// Made by another analyzer: the same words have other terms now.
    case otherAnalyzer(UInt32)
    /// Cut short or altered.
    case checksumMismatch
    /// The checksum is right but the content contradicts itself.
    case malformed(String)
}
