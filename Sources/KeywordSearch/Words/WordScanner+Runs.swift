/// Where a run of characters without spaces stands.
struct CharacterRun {
    /// Characters so far; 0 outside a run.
    var count = 0
    /// Han and kana are written as one run, of the family `kana`.
    var family = ScalarCategory.separator
    var start = 0
    var previousStart = 0
    var currentStart = 0
    /// Where the current character begins in the part's buffer.
    var offset = 0
    var isCurrentHan = false
}

extension WordScanner {
    /// Begins a character: what came before it is complete now.
    mutating func character(_ scalar: FoldedScalar, width: Int, _ body: (Word) -> Void) {
        let family = scalar.category == .han ? .kana : scalar.category
        if run.count > 0, family != run.family { endRun(body) }
        if run.count == 0 {
            endPath(body)
            run.family = family
            run.start = position
        } else {
            completeCharacter(body)
        }
        run.offset = part.count
        run.currentStart = position
        run.isCurrentHan = scalar.category == .han
        run.count += 1
        part.append(scalar)
        if family == .hangul { name.append(scalar) }
        position += width
        end = position
    }

    /// Emits what the current character completes and leaves it alone in the buffer.
    private mutating func completeCharacter(_ body: (Word) -> Void) {
        if run.count > 1 {
            emit(part.bytes, .pair, from: run.previousStart, body)
            part.removeFirst(run.offset)
        }
        if run.isCurrentHan { emit(part.bytes, .character, from: run.currentStart, body) }
        run.previousStart = run.currentStart
    }

    mutating func endRun(_ body: (Word) -> Void) {
        guard run.count > 0 else { return }
        if run.count == 1 {
            emit(part.bytes, .pair, from: run.currentStart, body)
        } else {
            completeCharacter(body)
        }
        if run.family == .hangul, run.count > 2, !name.isTruncated { emit(name.bytes, .whole, from: run.start, body) }
        part.removeAll()
        name.removeAll()
        isPartLatin = true
        run = CharacterRun()
    }
}
