/// Finds the word pieces of one text in one pass.
///
/// The reference works in stages, each over the whole text: drop control characters, set ideographs apart,
/// decompose canonically and strip accents, lower case, split at white space and around punctuation, match pieces
/// greedily. Here each character runs through all stages at once and lands in the word that is being gathered.
/// One stage needs more than one character: canonical ordering sorts neighbouring marks. Most marks are accents and
/// vanish, so only what remains (Hangul tone marks, musical stems and the like) waits in `marks` until a
/// character comes that ends the run.
struct WordPieceScanner<Sink: PieceSink>: ~Copyable {
    private let vocabulary: Vocabulary
    private(set) var sink: Sink
    private var word = WordBuffer()
    private var pieces: [WordPiece] = []
    private var marks: [Mark] = []

    /// Cleared when the sink has seen enough.
    private var goesOn = true

    private struct Mark {
        var scalar: UInt32
        var combiningClass: Int
        var range: Range<Int>
    }

    init(vocabulary: Vocabulary, sink: Sink) {
        self.vocabulary = vocabulary
        self.sink = sink
    }

    mutating func scan(_ text: UnsafeBufferPointer<UInt8>) {
        var position = 0
        while position < text.count, goesOn {
            if text[position] < 0x80, marks.isEmpty {
                position = scanASCII(text, from: position)
            } else {
                position = scanScalar(text, from: position)
            }
        }
        flushMarks()
        endWord()
    }

    /// Reads on to the first byte that is not ASCII.
    private mutating func scanASCII(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        var position = start
        while position < text.count, goesOn {
            let byte = text[position]
            switch byte {
            case 0x61...0x7A, 0x30...0x39: word.append(ascii: byte, at: position, keepingRange: Sink.wantsRanges)
            case 0x20, 0x0A, 0x0D, 0x09: endWord()
            case 0x41...0x5A: word.append(ascii: byte | 0x20, at: position, keepingRange: Sink.wantsRanges)
            case 0x21...0x7E: isolate(ascii: byte, at: position)
            case 0x00...0x1F, 0x7F: break
            default: return position
            }
            position += 1
        }
        return position
    }

    private mutating func isolate(ascii byte: UInt8, at position: Int) {
        endWord()
        word.append(ascii: byte, at: position, keepingRange: Sink.wantsRanges)
        endWord()
    }

    /// Reads one scalar of any kind.
    private mutating func scanScalar(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        let (scalar, end) = Self.decode(text, at: start)
        let role = ReferenceUnicode.role(of: scalar)
        if role == .dropped { return end }
        if role != .text {
            flushMarks()
            endWord()
        }
        if role == .space { return end }
        decompose(scalar, from: start..<end)
        if role == .ideograph {
            flushMarks()
            endWord()
        }
        return end
    }

    private mutating func decompose(_ scalar: UInt32, from range: Range<Int>) {
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: ReferenceUnicode.longestDecomposition) { buffer in
            guard let parts = buffer.baseAddress else { return }
            for index in 0..<ReferenceUnicode.decompose(scalar, into: parts) {
                order(UInt32(bitPattern: parts[index]), from: range)
            }
        }
    }

    private mutating func order(_ scalar: UInt32, from range: Range<Int>) {
        let combiningClass = ReferenceUnicode.combiningClass(of: scalar)
        if combiningClass == 0 { flushMarks() }
        if ReferenceUnicode.isAccent(scalar) { return }
        if combiningClass == 0 { return place(scalar, from: range) }
        marks.append(Mark(scalar: scalar, combiningClass: combiningClass, range: range))
    }

    private mutating func flushMarks() {
        guard !marks.isEmpty else { return }
        for mark in marks.enumerated().sorted(by: { ($0.1.combiningClass, $0.0) < ($1.1.combiningClass, $1.0) }) {
            place(mark.element.scalar, from: mark.element.range)
        }
        marks.removeAll(keepingCapacity: true)
    }

    private mutating func place(_ scalar: UInt32, from range: Range<Int>) {
        let scalar = ReferenceUnicode.lowercase(scalar)
        guard ReferenceUnicode.isPunctuation(scalar) else { return word.append(scalar, from: range) }
        endWord()
        word.append(scalar, from: range)
        endWord()
    }

    /// One scalar of text that is known to be valid UTF-8, and where the next one begins.
    private static func decode(_ text: UnsafeBufferPointer<UInt8>, at start: Int) -> (scalar: UInt32, end: Int) {
        let lead = UInt32(text[start])
        func tail(_ index: Int) -> UInt32 { UInt32(text[start + index] & 0x3F) }
        return switch lead {
        case ..<0x80: (lead, start + 1)
        case ..<0xE0: ((lead & 0x1F) << 6 | tail(1), start + 2)
        case ..<0xF0: ((lead & 0x0F) << 12 | tail(1) << 6 | tail(2), start + 3)
        default: ((lead & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3), start + 4)
        }
    }
}

extension WordPieceScanner {
    /// Gives the pieces of the gathered word to the sink.
    @inline(__always)
    private mutating func endWord() {
        guard !word.isEmpty else { return }
        if word.length <= vocabulary.longestPiece, !word.isTooLong,
            let id = vocabulary.id(of: word.bytes, length: word.length, continues: false)
        {
            emit(id, from: 0, to: word.length)
        } else {
            splitWord()
        }
        word.clear()
    }

    /// Greedy: always the longest piece that fits, and nothing but `[UNK]` when at one place none does.
    private mutating func splitWord() {
        pieces.removeAll(keepingCapacity: true)
        var start = 0
        while start < word.length, !word.isTooLong {
            guard let (id, end) = longestPiece(from: start) else { break }
            pieces.append(WordPiece(id: id, range: start..<end))
            start = end
        }
        if start < word.length || word.isTooLong { return emit(vocabulary.unknown, from: 0, to: word.length) }
        for piece in pieces { emit(piece.id, from: piece.range.lowerBound, to: piece.range.upperBound) }
    }

    private func longestPiece(from start: Int) -> (id: Int32, end: Int)? {
        var end = min(word.length, start + vocabulary.longestPiece)
        while end > start {
            let isBoundary = end == word.length || word.bytes[end] & 0xC0 != 0x80
            if isBoundary,
                let id = vocabulary.id(of: word.bytes + start, length: end - start, continues: start > 0)
            {
                return (id, end)
            }
            end -= 1
        }
        return nil
    }

    @inline(__always)
    private mutating func emit(_ id: Int32, from start: Int, to end: Int) {
        guard goesOn else { return }
        goesOn = sink.take(id, from: Sink.wantsRanges ? word.source(from: start, to: end) : 0..<0)
    }
}
