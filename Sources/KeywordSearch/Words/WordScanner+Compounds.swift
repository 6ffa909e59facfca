/// Parts, names and paths: where they join and what is emitted when they end.
extension WordScanner {
    mutating func endPart(_ body: (Word) -> Void) {
        guard !part.isEmpty else { return }
        emit(part.bytes, .word, from: partStart, isLatin: isPartLatin, body)
        name.append(contentsOf: part)
        isNameLatin = isNameLatin && isPartLatin
        partsInName += 1
        part.removeAll()
        isPartLatin = true
    }

    private mutating func endName(_ body: (Word) -> Void) {
        endPart(body)
        guard partsInName > 0 else { return }
        if partsInName > 1, !name.isTruncated { emit(name.bytes, .whole, from: nameStart, isLatin: isNameLatin, body) }
        path.append(contentsOf: name)
        isPathLatin = isPathLatin && isNameLatin
        namesInPath += 1
        name.removeAll()
        partsInName = 0
        isNameLatin = true
    }

    mutating func endPath(_ body: (Word) -> Void) {
        if partsInName == 0, namesInPath == 0 {
            // A plain word, by far the most frequent case.
            if part.isEmpty { return }
            emit(part.bytes, .word, from: partStart, isLatin: isPartLatin, body)
            reset()
            return
        }
        endName(body)
        if namesInPath > 1, !path.isTruncated { emit(path.bytes, .whole, from: pathStart, isLatin: isPathLatin, body) }
        path.removeAll()
        namesInPath = 0
        isPathLatin = true
        reset()
    }

    private mutating func reset() {
        part.removeAll()
        isPartLatin = true
        previous = .separator
        pendingJoiner = nil
    }

    /// A joining sign: it joins when a word stands on both its sides, otherwise it separates.
    mutating func join(_ scalar: FoldedScalar, width: Int, _ body: (Word) -> Void) {
        let joinsNames = scalar.category == .pathJoiner
        let next = endOfJoiners(scalar, from: position + width)
        guard run.count == 0, !part.isEmpty, next < text.count, isWord(at: next) else {
            endAll(body)
            position += width
            return
        }
        if joinsNames { endName(body) } else { endPart(body) }
        pendingJoiner = PendingJoiner(sign: UInt8(truncatingIfNeeded: scalar.bytes), joinsNames: joinsNames)
        position = next
    }

    /// Several underscores join as one, and so do the signs of `https://` and `std::`, but neither `--` nor `...`.
    private func endOfJoiners(_ scalar: FoldedScalar, from start: Int) -> Int {
        let isRepeatable = scalar.category == .pathJoiner || scalar.bytes == UInt32(UInt8(ascii: "_"))
        var index = start
        while isRepeatable, index < text.count, index < start + 2, text[index] < 0x80 {
            let following = ascii[Int(text[index])]
            guard following.category == scalar.category, following.bytes != UInt32(UInt8(ascii: "-")) else { break }
            index += 1
        }
        return index
    }

    /// `C++`, `C#`: one more term for a plain word with its sign.
    mutating func suffix(_ body: (Word) -> Void) {
        let sign = text[position]
        let width = sign == UInt8(ascii: "#") ? 1 : 2
        let isSuffix =
            run.count == 0 && !part.isEmpty && partsInName == 0 && namesInPath == 0
            && (width == 1 || byte(at: position + 1) == sign)
            && !isWord(at: position + width)
        if isSuffix {
            emit(part.bytes, .word, from: partStart, isLatin: isPartLatin, body)
            for _ in 0..<width { part.append(UInt32(sign), count: 1) }
            end = position + width
            emit(part.bytes, .whole, from: partStart, body)
            reset()
        } else {
            endAll(body)
        }
        position += isSuffix ? width : 1
    }
}

/// What the neighbouring bytes say.
extension WordScanner {
    /// 0 past the end, which is no part of a word.
    private func byte(at index: Int) -> UInt8 { index < text.count ? text[index] : 0 }

    private func isWord(at index: Int) -> Bool {
        guard index < text.count else { return false }
        if text[index] < 0x80 { return ascii[Int(text[index])].category.isWord }
        return ScalarFolding.fold(UTF8Decoding.scalar(in: text, at: index).value).category.isWord
    }

    private func isLowerASCII(_ byte: UInt8) -> Bool { byte &- 0x61 < 26 }
    private func isDigitASCII(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    /// Whether the capital at `position` begins a part: `camel|Case`, `HTML|Parser`, `base64|Encode`.
    var isHump: Bool {
        guard part.count > 1 else { return false }
        let next = byte(at: position + 1)
        switch previous {
        case .lower: return isLowerASCII(next | 0x20) || next >= 0x80
        case .upper: return isLowerASCII(next) && !(next == UInt8(ascii: "s") && !isLowerASCII(byte(at: position + 2)))
        case .digit: return isLowerASCII(next)
        default: return false
        }
    }

    var isDecimalPoint: Bool {
        text[position] == UInt8(ascii: ".") && previous == .digit && !part.isEmpty
            && isDigitASCII(byte(at: position + 1))
    }

    /// A comma between digits with exactly three behind it.
    var isThousandsSeparator: Bool {
        previous == .digit && !part.isEmpty && (1...3).allSatisfy { isDigitASCII(byte(at: position + $0)) }
            && !isDigitASCII(byte(at: position + 4))
    }

    /// Whether one of the English endings 's 't 'd 'm 'll 're 've follows.
    func isSuffixApostrophe(width: Int) -> Bool {
        guard !part.isEmpty, run.count == 0, previous != .digit else { return false }
        let first = byte(at: position + width) | 0x20
        let second = byte(at: position + width + 1) | 0x20
        let endsAfter = { (letters: Int) in !isWord(at: position + width + letters) }
        switch (Unicode.Scalar(first), Unicode.Scalar(second)) {
        case ("l", "l"), ("r", "e"), ("v", "e"): return endsAfter(2)
        case ("s", _), ("t", _), ("d", _), ("m", _): return endsAfter(1)
        default: return false
        }
    }
}
