import ContextCore

/// A byte pair encoding as OpenAI's models use it (github.com/openai/tiktoken): exact counts from a file of ranks.
///
/// A text is split into words by a pattern; a word that is no token by itself begins as its bytes, and the two neighbours
/// whose union has the lowest rank are merged, the leftmost first, until no union is a token. Neighbours wait in a heap,
/// so that a word of n bytes costs O(n log n): a megabyte without a blank is a megabyte in one word. Text is only ever
/// text: names of special tokens are spelled out.
package struct BytePairEncoding: Tokenizer {
    package let name: String
    package var margin: Double { 1 }
    private let ranks: BytePairRanks
    private let pattern: SplitPattern

    /// - Parameters:
    ///   - name: as manifests name it.
    ///   - file: the ranks in `tiktoken`'s format.
    /// - Throws: ``BytePairError``.
    package init(name: String, file: [UInt8], pattern: SplitPattern) throws(BytePairError) {
        self.name = name
        self.pattern = pattern
        ranks = try BytePairRanks(file: file)
    }

    package func count(_ text: String) -> Int {
        var count = 0
        forEachWord(of: text) { word in count += ranks.rank(of: word) == nil ? merged(word).count : 1 }
        return count
    }

    /// The tokens by their ranks.
    package func encode(_ text: String) -> [Int] {
        var tokens: [Int] = []
        forEachWord(of: text) { word in
            if let rank = ranks.rank(of: word) {
                tokens.append(Int(rank))
            } else {
                tokens += merged(word).compactMap { ranks.rank(of: word[$0]).map { Int($0) } }
            }
        }
        return tokens
    }

    private func forEachWord(of text: String, _ body: (ArraySlice<UInt8>) -> Void) {
        let bytes = Array(text.utf8)
        let scalars = text.unicodeScalars.map(SplitPattern.Scalar.init)
        var (place, offset) = (0, 0)
        while place < scalars.count {
            let end = pattern.end(ofWordAt: place, in: scalars)
            let width = scalars[place..<end].reduce(0) { $0 + $1.width }
            body(bytes[offset..<offset + width])
            (place, offset) = (end, offset + width)
        }
    }

    /// The ranges of the tokens that are left when nothing can be merged any more.
    private func merged(_ word: ArraySlice<UInt8>) -> [Range<Int>] {
        var parts = MergeParts(word.indices)
        var pairs = Heap<MergePair>()
        func offer(_ left: Int) {
            guard let end = parts.endOfPair(at: left), let rank = ranks.rank(of: word[left..<end]) else { return }
            pairs.insert(MergePair(rank: rank, start: left, end: end))
        }
        for place in word.indices { offer(place) }
        while let pair = pairs.removeFirst() {
            // One of the two may have been merged with another neighbour since.
            guard parts.endOfPair(at: pair.start) == pair.end else { continue }
            parts.mergePair(at: pair.start)
            offer(pair.start)
            if let before = parts.part(before: pair.start) { offer(before) }
        }
        return parts.ranges
    }
}

/// Two neighbours that can become one token; the lowest rank comes first, then the leftmost.
private struct MergePair: Comparable {
    let rank: UInt32
    let start: Int
    let end: Int

    static func < (left: Self, right: Self) -> Bool { (left.rank, left.start) < (right.rank, right.start) }
}

/// The parts of a word, each known by where it begins.
private struct MergeParts {
    private let first: Int

    /// The end of the part that begins here; 0 where none does.
    private var ends: [Int]

    /// The beginning of the part before.
    private var previous: [Int]

    init(_ word: Range<Int>) {
        first = word.lowerBound
        ends = word.map { $0 + 1 }
        previous = word.map { $0 - 1 }
    }

    private var end: Int { first + ends.count }

    func part(before start: Int) -> Int? { start == first ? nil : previous[start - first] }

    /// Where the part after the one at `start` ends; `nil` where there is none, or no part begins at `start`.
    func endOfPair(at start: Int) -> Int? {
        let middle = ends[start - first]
        return middle == 0 || middle == end ? nil : ends[middle - first]
    }

    mutating func mergePair(at start: Int) {
        let middle = ends[start - first]
        let end = ends[middle - first]
        ends[start - first] = end
        ends[middle - first] = 0
        if end < self.end { previous[end - first] = start }
    }

    var ranges: [Range<Int>] {
        var ranges: [Range<Int>] = []
        var start = first
        while start < end {
            ranges.append(start..<ends[start - first])
            start = ends[start - first]
        }
        return ranges
    }
}
