import FoundationEssentials

/// The word pieces of a model and their ids: what stands in line *n* of `vocab.txt` has id *n*.
///
/// Pieces that start a word and pieces that continue one (`##ing`) live in one hash table with open addressing. A slot
/// is one word of 32 bits, the id in the low 20 and a fingerprint of the hash in the high 12, so that a lookup
/// of an absent piece, the usual one in a greedy match, touches 4 bytes and no text:
///
///     slots      UInt32 × 2ⁿ   fingerprint << 20 | id + 1, 0 when free; at most half are taken
///     entries    Entry × count  where the piece's text begins in `text`, its length, whether it continues a word
///     text       UInt8 …       all pieces' text without ##, padded so that 8 bytes can be read anywhere
///
/// Unchecked because the buffers are written in the initializer only and are freed with the last reference.
package final class Vocabulary: @unchecked Sendable {
    package static let maximumCount = (1 << 20) - 1

    package let count: Int
    package let unknown: Int32
    package let classification: Int32
    package let separator: Int32

    /// Bytes in the longest piece: no match needs to look further.
    let longestPiece: Int

    private let slots: UnsafeMutablePointer<UInt32>
    private let entries: UnsafeMutablePointer<Entry>
    private let text: UnsafeMutablePointer<UInt8>
    private let mask: Int

    private struct Entry {
        var offset: UInt32
        var length: UInt16
        var continues: Bool
    }

    package enum Failure: Error, Equatable, CustomStringConvertible {
        case unreadable(path: String)
        case missingToken(String)
        case tooMany(Int)
        case pieceTooLong(line: Int)

        package var description: String {
            switch self {
            case .unreadable(let path): "the vocabulary at \(path) cannot be read"
            case .missingToken(let token): "the vocabulary has no line \(token)"
            case .tooMany(let count): "the vocabulary has \(count) lines; the limit is \(Vocabulary.maximumCount)"
            case .pieceTooLong(let line): "line \(line) of the vocabulary is longer than \(UInt16.max) bytes"
            }
        }
    }

    package convenience init(contentsOf path: String) throws(Failure) {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else { throw .unreadable(path: path) }
        try self.init(lines: Array(data))
    }

    /// Reads lines that end in a line feed, with or without a carriage return.
    package init(lines: [UInt8]) throws(Failure) {
        let pieces = Self.pieces(in: lines)
        guard pieces.count < Self.maximumCount else { throw .tooMany(pieces.count) }
        if let line = pieces.firstIndex(where: { $0.count > Int(UInt16.max) }) { throw .pieceTooLong(line: line + 1) }
        count = pieces.count
        unknown = try Self.id(of: "[UNK]", in: pieces)
        classification = try Self.id(of: "[CLS]", in: pieces)
        separator = try Self.id(of: "[SEP]", in: pieces)

        let capacity = max(16, 1 << (Int.bitWidth - (2 * pieces.count).leadingZeroBitCount))
        mask = capacity - 1
        slots = .allocate(capacity: capacity)
        slots.initialize(repeating: 0, count: capacity)
        entries = .allocate(capacity: max(pieces.count, 1))
        text = .allocate(capacity: lines.count + 8)
        text.initialize(repeating: 0, count: lines.count + 8)
        longestPiece = Self.fill(slots, mask: mask, entries, text, with: pieces)
    }

    deinit {
        slots.deallocate()
        entries.deallocate()
        text.deallocate()
    }

    package func continuesWord(_ id: Int32) -> Bool {
        id >= 0 && id < count && entries[Int(id)].continues
    }

    /// The id of the piece that is the `length` bytes at `bytes`, or `nil`.
    ///
    /// Reads up to seven bytes past the end: the caller's buffer is padded by eight.
    @inline(__always)
    func id(of bytes: UnsafePointer<UInt8>, length: Int, continues: Bool) -> Int32? {
        let hash = Self.hash(bytes, length: length, continues: continues)
        var position = Int(truncatingIfNeeded: hash) & mask
        while slots[position] != 0 {
            let slot = slots[position]
            if slot >> 20 == UInt32(truncatingIfNeeded: hash >> 52) {
                let id = Int(slot & 0xF_FFFF) - 1
                if matches(entries[id], bytes, length: length, continues: continues) {
                    return Int32(truncatingIfNeeded: id)
                }
            }
            position = (position + 1) & mask
        }
        return nil
    }

    @inline(__always)
    private func matches(_ entry: Entry, _ bytes: UnsafePointer<UInt8>, length: Int, continues: Bool) -> Bool {
        guard Int(entry.length) == length, entry.continues == continues else { return false }
        let piece = UnsafePointer(text) + Int(entry.offset)
        var position = 0
        while position < length {
            guard Self.word(piece, at: position, of: length) == Self.word(bytes, at: position, of: length) else {
                return false
            }
            position += 8
        }
        return true
    }
}

extension Vocabulary {
    /// Eight bytes from `position`, those past `length` as zeros.
    @inline(__always)
    private static func word(_ bytes: UnsafePointer<UInt8>, at position: Int, of length: Int) -> UInt64 {
        let word = UInt64(littleEndian: UnsafeRawPointer(bytes + position).loadUnaligned(as: UInt64.self))
        let rest = length - position
        return rest >= 8 ? word : word & (1 << UInt64(truncatingIfNeeded: rest &* 8) &- 1)
    }

    /// A multiplicative hash of eight bytes a step.
    ///
    /// The vocabulary is the operator's, so nobody can choose its collisions, and a text only ever looks up.
    @inline(__always)
    private static func hash(_ bytes: UnsafePointer<UInt8>, length: Int, continues: Bool) -> UInt64 {
        var hash = UInt64(truncatingIfNeeded: length) &+ (continues ? 0x9E37_79B9_7F4A_7C15 : 0)
        var position = 0
        while position < length {
            let product = (hash ^ word(bytes, at: position, of: length)).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
            hash = product.high ^ product.low
            position += 8
        }
        return hash
    }

    private static func pieces(in lines: [UInt8]) -> [ArraySlice<UInt8>] {
        var pieces = lines.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if pieces.last?.isEmpty == true { pieces.removeLast() }
        return pieces.map { $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0 }
    }

    private static func id(of token: String, in pieces: [ArraySlice<UInt8>]) throws(Failure) -> Int32 {
        guard let id = pieces.firstIndex(where: { $0.elementsEqual(token.utf8) }) else { throw .missingToken(token) }
        return Int32(id)
    }

    /// Writes all pieces and returns the length of the longest.
    ///
    /// Of two equal lines the first is found.
    private static func fill(
        _ slots: UnsafeMutablePointer<UInt32>,
        mask: Int,
        _ entries: UnsafeMutablePointer<Entry>,
        _ text: UnsafeMutablePointer<UInt8>,
        with pieces: [ArraySlice<UInt8>]
    ) -> Int {
        var offset = 0
        var longest = 0
        for (id, piece) in pieces.enumerated() {
            let continues = piece.count > 2 && piece.starts(with: "##".utf8)
            let body = continues ? piece.dropFirst(2) : piece
            for (index, byte) in body.enumerated() { text[offset + index] = byte }
            entries[id] = Entry(offset: UInt32(offset), length: UInt16(body.count), continues: continues)
            let hash = hash(text + offset, length: body.count, continues: continues)
            var position = Int(truncatingIfNeeded: hash) & mask
            while slots[position] != 0 { position = (position + 1) & mask }
            slots[position] = UInt32(truncatingIfNeeded: hash >> 52) << 20 | UInt32(id + 1)
            offset += body.count
            longest = max(longest, body.count)
        }
        return longest
    }
}
