import FoundationEssentials

/// The tokens of a byte pair encoding, by rank: the lower, the earlier two parts are merged into it.
///
/// All bytes lie in one array, found by an open table of 4-byte slots: 200,000 tokens take 4 MB, and a look-up allocates
/// nothing.
struct BytePairRanks: Sendable {
    private var bytes: [UInt8] = []

    /// Where each token begins, in the order of the file; one more for the end.
    private var starts: [UInt32] = [0]
    private var ranks: [UInt32] = []

    /// Places in ``ranks``, 1 added; 0 is free.
    ///
    /// At most half of the slots are used.
    private var slots: [UInt32] = []

    /// Of one token; those that are in use have at most 128.
    static let longestToken = 1_024

    /// Reads the format of `tiktoken`: on each line a token in base 64, a blank, and its rank.
    ///
    /// - Throws: ``BytePairError`` with the line that is wrong, or for what is no complete encoding.
    init(file: [UInt8]) throws(BytePairError) {
        let lines = file.split(separator: UInt8(ascii: "\n"))
        var width = 1_024
        while width < lines.count * 2 { width *= 2 }
        slots = Array(repeating: 0, count: width)
        var known: Set<UInt32> = []
        for (place, line) in lines.enumerated() {
            let (token, rank) = try Self.read(line, number: place + 1)
            guard known.insert(rank).inserted, insert(token, rank) else {
                throw BytePairError("line \(place + 1): this token or its rank, \(rank), is there already")
            }
        }
        for byte in UInt8.min...UInt8.max where rank(of: CollectionOfOne(byte)) == nil {
            throw BytePairError("no token is the byte \(byte) alone; each of the 256 must be there")
        }
    }

    private static func read(_ line: ArraySlice<UInt8>, number: Int) throws(BytePairError) -> ([UInt8], UInt32) {
        let parts = line.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }
        guard parts.count == 2, let token = Data(base64Encoded: Data(parts[0])), !token.isEmpty,
            let rank = UInt32(String(decoding: parts[1], as: UTF8.self)), rank < .max
        else {
            let text = String(decoding: line.prefix(40), as: UTF8.self)
            throw BytePairError("line \(number): “\(text)” is no token in base 64 and its rank")
        }
        guard token.count <= longestToken else {
            throw BytePairError("line \(number): a token of \(token.count) bytes (max: \(longestToken))")
        }
        return (Array(token), rank)
    }

    private mutating func insert(_ token: [UInt8], _ rank: UInt32) -> Bool {
        let slot = slot(of: token)
        guard slots[slot] == 0 else { return false }
        bytes += token
        starts.append(UInt32(bytes.count))
        ranks.append(rank)
        slots[slot] = UInt32(ranks.count)
        return true
    }

    /// `nil` for bytes that are no token.
    func rank(of token: some RandomAccessCollection<UInt8>) -> UInt32? {
        let place = slots[slot(of: token)]
        return place == 0 ? nil : ranks[Int(place) - 1]
    }

    /// Where the token is, or would be put.
    private func slot(of token: some RandomAccessCollection<UInt8>) -> Int {
        // FNV-1a (Fowler, Noll, Vo), folded once: tokens are a few bytes long.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in token { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash ^ (hash >> 32)) & mask
        while slots[slot] != 0, !isToken(Int(slots[slot]) - 1, token) { slot = (slot + 1) & mask }
        return slot
    }

    private func isToken(_ place: Int, _ token: some RandomAccessCollection<UInt8>) -> Bool {
        let range = Int(starts[place])..<Int(starts[place + 1])
        return range.count == token.count && bytes[range].elementsEqual(token)
    }
}

/// Why a file of ranks can't be used.
package struct BytePairError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
