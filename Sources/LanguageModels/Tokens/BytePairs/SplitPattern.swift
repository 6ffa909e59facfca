/// How a byte pair encoding splits a text into words, before anything is merged.
///
/// The patterns are `tiktoken`'s regular expressions (tiktoken_ext/openai_public.py), matched by hand: each alternative is a
/// function that says where it ends, tried in the order of the expression. A text is read once, from left to right, but
/// for runs of white space and letters, which some alternatives look at twice.
package enum SplitPattern: String, CaseIterable, Sendable {
    /// GPT-3.5, GPT-4.
    case cl100k = "cl100k_base"
    /// GPT-4o and later.
    case o200k = "o200k_base"

    /// What the patterns distinguish of a scalar.
    struct Scalar {
        enum Kind {
            case upper, lower, otherLetter, mark, digit, space, newline, other
        }

        let value: Unicode.Scalar
        let kind: Kind

        /// UTF-8 bytes.
        var width: Int { UTF8.width(value) }

        init(_ value: Unicode.Scalar) {
            self.value = value
            kind = value.isASCII ? Self.ascii(value) : Self.kind(value.properties)
        }

        private static func ascii(_ value: Unicode.Scalar) -> Kind {
            switch value {
            case "a"..."z": .lower
            case "A"..."Z": .upper
            case "0"..."9": .digit
            case "\n", "\r": .newline
            case " ", "\t", "\u{B}", "\u{C}": .space
            default: .other
            }
        }

        private static func kind(_ properties: Unicode.Scalar.Properties) -> Kind {
            switch properties.generalCategory {
            case .uppercaseLetter, .titlecaseLetter: .upper
            case .lowercaseLetter: .lower
            case .modifierLetter, .otherLetter: .otherLetter
            case .nonspacingMark, .spacingMark, .enclosingMark: .mark
            case .decimalNumber, .letterNumber, .otherNumber: .digit
            default: properties.isWhitespace ? .space : .other
            }
        }

        var isSpace: Bool { kind == .space || kind == .newline }
        var isLetter: Bool { kind == .upper || kind == .lower || kind == .otherLetter }

        /// Matches `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`.
        var isUpperLike: Bool { kind == .upper || kind == .otherLetter || kind == .mark }

        /// Matches `[\p{Ll}\p{Lm}\p{Lo}\p{M}]`.
        var isLowerLike: Bool { kind == .lower || kind == .otherLetter || kind == .mark }

        /// Matches `[^\r\n\p{L}\p{N}]`.
        var isPrefix: Bool { kind != .newline && kind != .digit && !isLetter }

        /// Matches `[^\s\p{L}\p{N}]`.
        var isSymbol: Bool { kind == .other || kind == .mark }
    }

    /// - Returns: the end of the word that begins at `start`, which is after it.
    func end(ofWordAt start: Int, in text: [Scalar]) -> Int {
        let match: Int? =
            switch self {
            case .cl100k:
                contraction(at: start, text) ?? letters(at: start, text) ?? digits(at: start, text)
                    ?? symbols(at: start, text) { $0.kind == .newline } ?? white(at: start, text)
            case .o200k:
                casedWord(at: start, text) ?? digits(at: start, text)
                    ?? symbols(at: start, text) { $0.kind == .newline || $0.value == "/" } ?? white(at: start, text)
            }
        return match ?? start + 1
    }

    private func run(from start: Int, _ text: [Scalar], limit: Int = .max, _ belongs: (Scalar) -> Bool) -> Int {
        var end = start
        while end < text.count, end - start < limit, belongs(text[end]) { end += 1 }
        return end
    }

    // MARK: Words

    /// `'(?i:[sdmt]|ll|ve|re)`, where an `s` may also be the long one, as case folding has it.
    private func contraction(at start: Int, _ text: [Scalar]) -> Int? {
        guard start + 1 < text.count, text[start].value == "'" else { return nil }
        let first = text[start + 1].value
        if "sSdDmMtT\u{17F}".unicodeScalars.contains(first) { return start + 2 }
        guard start + 2 < text.count else { return nil }
        let second = text[start + 2].value
        switch (first, second) {
        case ("l", "l"), ("l", "L"), ("L", "l"), ("L", "L"), ("v", "e"), ("v", "E"), ("V", "e"), ("V", "E"),
            ("r", "e"), ("r", "E"), ("R", "e"), ("R", "E"):
            return start + 3
        default: return nil
        }
    }

    /// Matches `[^\r\n\p{L}\p{N}]?+\p{L}++`.
    private func letters(at start: Int, _ text: [Scalar]) -> Int? {
        let begin = text[start].isPrefix ? start + 1 : start
        let end = run(from: begin, text, \.isLetter)
        return end > begin ? end : nil
    }

    /// Matches `\p{N}{1,3}`.
    private func digits(at start: Int, _ text: [Scalar]) -> Int? {
        let end = run(from: start, text, limit: 3) { $0.kind == .digit }
        return end > start ? end : nil
    }

    /// ` ?[^\s\p{L}\p{N}]+` and what may follow it.
    private func symbols(at start: Int, _ text: [Scalar], then tail: (Scalar) -> Bool) -> Int? {
        let begin = text[start].value == " " ? start + 1 : start
        let end = run(from: begin, text, \.isSymbol)
        return end > begin ? run(from: end, text, tail) : nil
    }

    /// The two alternatives of words in o200k: capitals then at least one small letter, or at least one capital.
    ///
    /// Each with one scalar before it that is neither, or without, and with a contraction behind it.
    private func casedWord(at start: Int, _ text: [Scalar]) -> Int? {
        let begins = text[start].isPrefix ? [start + 1, start] : [start]
        let match =
            begins.lazy.compactMap { smallEnded($0, text) }.first ?? begins.lazy.compactMap { capital($0, text) }.first
        return match.map { contraction(at: $0, text) ?? $0 }
    }

    /// `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+`: where no small letter follows the capitals, the last
    /// one of them that is small as well ends the word.
    private func smallEnded(_ start: Int, _ text: [Scalar]) -> Int? {
        let capitals = run(from: start, text, \.isUpperLike)
        let end = run(from: capitals, text, \.isLowerLike)
        if end > capitals { return end }
        return text[start..<capitals].lastIndex(where: \.isLowerLike).map { $0 + 1 }
    }

    /// Matches `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*`.
    private func capital(_ start: Int, _ text: [Scalar]) -> Int? {
        let capitals = run(from: start, text, \.isUpperLike)
        return capitals > start ? run(from: capitals, text, \.isLowerLike) : nil
    }

    // MARK: White space

    /// cl100k: `\s++$|\s*[\r\n]|\s+(?!\S)|\s`; o200k: `\s*[\r\n]+|\s+(?!\S)|\s+`.
    ///
    /// Up to the last line break of the run; else the run without its last one, which belongs to the word after it.
    private func white(at start: Int, _ text: [Scalar]) -> Int? {
        let end = run(from: start, text, \.isSpace)
        guard end > start else { return nil }
        if self == .cl100k, end == text.count { return end }
        if let newline = text[start..<end].lastIndex(where: { $0.kind == .newline }) { return newline + 1 }
        return end == text.count || end - start == 1 ? end : end - 1
    }
}
