/// What a scan does with the word pieces that it finds.
protocol PieceSink {
    /// Whether the places of the pieces in the text are wanted. Without it the scan doesn't keep them.
    static var wantsRanges: Bool { get }

    /// Takes the next piece, which comes from the bytes `range` of the text, and says whether more are wanted.
    mutating func take(_ id: Int32, from range: Range<Int>) -> Bool
}

/// Counts.
struct PieceCounter: PieceSink {
    static var wantsRanges: Bool { false }

    let limit: Int
    private(set) var count = 0

    init(limit: Int) {
        self.limit = limit
    }

    mutating func take(_ id: Int32, from range: Range<Int>) -> Bool {
        count += 1
        return count < limit
    }
}

/// Keeps the ids.
struct PieceCollector: PieceSink {
    static var wantsRanges: Bool { false }

    private(set) var ids: [Int32] = []

    mutating func take(_ id: Int32, from range: Range<Int>) -> Bool {
        ids.append(id)
        return true
    }
}

/// Keeps the ids and where they come from.
struct PieceLocator: PieceSink {
    static var wantsRanges: Bool { true }

    private(set) var pieces: [WordPiece] = []

    mutating func take(_ id: Int32, from range: Range<Int>) -> Bool {
        pieces.append(WordPiece(id: id, range: range))
        return true
    }
}

/// Looks for the place where piece number `target` begins.
struct PieceFinder: PieceSink {
    static var wantsRanges: Bool { true }

    let target: Int
    private(set) var offset: Int?
    private var seen = 0

    init(target: Int) {
        self.target = target
    }

    mutating func take(_ id: Int32, from range: Range<Int>) -> Bool {
        if seen == target { offset = range.lowerBound }
        seen += 1
        return offset == nil
    }
}
