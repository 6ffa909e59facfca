/// The state machine of ``WordSegmenter``: one scalar in, completed terms out.
///
/// Either it is inside a compound (a path of names of parts; a plain word is a path of one name of one part), or inside a
/// run of characters of a script without spaces, or between words. `part` collects the current part; in a run it holds the
/// previous character and the current one.
struct WordScanner {
    let text: UnsafeBufferPointer<UInt8>
    let ascii: UnsafeBufferPointer<FoldedScalar>
    var part: TermBuffer
    var name: TermBuffer
    var path: TermBuffer

    var position = 0
    /// After the last scalar that belongs to a term.
    var end = 0
    var previous = ScalarCategory.separator

    var partStart = 0
    var nameStart = 0
    var pathStart = 0
    var partsInName = 0
    var namesInPath = 0
    var isPartLatin = true
    var isNameLatin = true
    var isPathLatin = true
    var pendingJoiner: PendingJoiner?

    var run = CharacterRun()

    /// The sign between the previous part and the one that begins.
    struct PendingJoiner {
        var sign: UInt8
        var joinsNames: Bool
    }

    init(
        text: UnsafeBufferPointer<UInt8>,
        ascii: UnsafeBufferPointer<FoldedScalar>,
        part: TermBuffer,
        name: TermBuffer,
        path: TermBuffer
    ) {
        self.text = text
        self.ascii = ascii
        self.part = part
        self.name = name
        self.path = path
    }

    mutating func run(_ body: (Word) -> Void) {
        while position < text.count {
            let byte = text[position]
            if byte < 0x80 {
                consume(ascii[Int(byte)], width: 1, body)
            } else {
                let (value, width) = UTF8Decoding.scalar(in: text, at: position)
                consume(ScalarFolding.fold(value), width: width, body)
            }
        }
        endAll(body)
    }

    @inline(__always)
    private mutating func consume(_ scalar: FoldedScalar, width: Int, _ body: (Word) -> Void) {
        switch scalar.category {
        case .lower, .upper, .digit: letter(scalar, width: width, body)
        case .separator: separate(width, body)
        default: special(scalar, width: width, body)
        }
    }

    private mutating func special(_ scalar: FoldedScalar, width: Int, _ body: (Word) -> Void) {
        switch scalar.category {
        case .han, .kana, .hangul, .spaceless: character(scalar, width: width, body)
        case .mark: mark(scalar, width: width)
        case .ignorable: position += width
        case .comma where isThousandsSeparator: position += width
        case .nameJoiner where isDecimalPoint: keep(scalar, width: width)
        case .apostrophe where isSuffixApostrophe(width: width): keep(scalar, width: width)
        case .apostrophe, .nameJoiner, .pathJoiner: join(scalar, width: width, body)
        case .suffixSign: suffix(body)
        default: separate(width, body)
        }
    }

    private mutating func separate(_ width: Int, _ body: (Word) -> Void) {
        endAll(body)
        position += width
    }

    mutating func endAll(_ body: (Word) -> Void) {
        endRun(body)
        endPath(body)
    }

    /// Takes a sign into the word without ending it.
    private mutating func keep(_ scalar: FoldedScalar, width: Int) {
        part.append(scalar)
        position += width
        end = position
    }

    private mutating func mark(_ scalar: FoldedScalar, width: Int) {
        if !part.isEmpty {
            part.append(scalar)
            isPartLatin = false
            if run.family == .hangul { name.append(scalar) }
            end = position + width
        }
        position += width
    }

    @inline(__always)
    private mutating func letter(_ scalar: FoldedScalar, width: Int, _ body: (Word) -> Void) {
        if run.count > 0 { endRun(body) }
        if part.isEmpty {
            beginPart(with: scalar)
        } else if scalar.category == .upper, isHump {
            endPart(body)
            beginPart(with: scalar)
        }
        part.append(scalar)
        isPartLatin = isPartLatin && scalar.category != .digit && scalar.isASCII
        previous = scalar.category
        position += width
        end = position
    }

    private mutating func beginPart(with scalar: FoldedScalar) {
        partStart = position
        if partsInName == 0 { nameStart = position }
        if partsInName == 0, namesInPath == 0 { pathStart = position }
        if let joiner = pendingJoiner.take(), previous == .digit, scalar.category == .digit {
            if joiner.joinsNames {
                path.append(UInt32(joiner.sign), count: 1)
            } else {
                name.append(UInt32(joiner.sign), count: 1)
            }
        }
    }

    func emit(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ role: Word.Role,
        from start: Int,
        isLatin: Bool = false,
        _ body: (Word) -> Void
    ) {
        body(Word(bytes: bytes, role: role, isLatin: isLatin, source: start..<max(start, end)))
    }
}
