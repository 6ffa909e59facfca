/// Cuts text into sentences.
///
/// Linear in the text.
///
/// Rules, not statistics: a sentence ends at `.`, `!`, `?` or `…` (with the quotes and brackets that close behind it)
/// before white space, unless what stands before the mark is a known abbreviation, an initial or the number of a list
/// item, or what follows begins in lower case. Decimals, versions and file names have no white space behind their
/// dots. The full-width marks `。！？` end a sentence wherever they stand. So do blank lines, and the line feed before
/// a list item. What it gets wrong: `U.S. Army` stays together rightly, `in the U.S. He` wrongly.
package enum SentenceSplitter {
    /// The sentences in order, without the white space between them; every other character is in exactly one.
    package static func sentences(in text: some StringProtocol) -> [Substring] {
        let text = Substring(text)
        return ranges(in: Array(text.utf8)).map { range in
            let start = text.utf8.index(text.startIndex, offsetBy: range.lowerBound)
            return text[start..<text.utf8.index(start, offsetBy: range.count)]
        }
    }

    /// The same as offsets into UTF-8.
    static func ranges(in bytes: [UInt8]) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var start = 0
        var index = 0
        while index < bytes.count {
            guard let end = sentenceEnd(bytes, at: index, from: start) else {
                index += 1
                continue
            }
            append(bytes, start..<end, to: &ranges)
            start = end
            index = max(end, index + 1)
        }
        append(bytes, start..<bytes.count, to: &ranges)
        return ranges
    }

    private static func append(_ bytes: [UInt8], _ range: Range<Int>, to ranges: inout [Range<Int>]) {
        let part = bytes[range].trimmed
        if !part.isEmpty { ranges.append(part.startIndex..<part.endIndex) }
    }

    /// Where the sentence from `start` ends, if `index` is its end mark; looks ahead over marks, quotes and spaces only.
    private static func sentenceEnd(_ bytes: [UInt8], at index: Int, from start: Int) -> Int? {
        switch bytes[index] {
        case 0x0A: lineEnd(bytes, at: index)
        case UInt8(ascii: "."), UInt8(ascii: "!"), UInt8(ascii: "?"): markEnd(bytes, at: index, from: start)
        case 0xE2, 0xE3, 0xEF: wideEnd(bytes, at: index, from: start)
        default: nil
        }
    }

    /// A line feed ends a sentence before a blank line or a list item.
    private static func lineEnd(_ bytes: [UInt8], at index: Int) -> Int? {
        let rest = bytes[(index + 1)...].prefix(longestLookahead).drop { $0 == 0x20 || $0 == 0x09 }
        guard let first = rest.first else { return nil }
        if first == 0x0A { return index + 1 }
        if UInt8(ascii: "-") == first || UInt8(ascii: "*") == first || UInt8(ascii: "+") == first {
            return rest.dropFirst().first == 0x20 ? index + 1 : nil
        }
        if rest.starts(with: "•".utf8) { return index + 1 }
        let number = rest.prefix(while: \.isDigit)
        let after = rest.dropFirst(number.count)
        let isNumbered =
            (1...3).contains(number.count) && (after.first == UInt8(ascii: ".") || after.first == UInt8(ascii: ")"))
        return isNumbered && after.dropFirst().first == 0x20 ? index + 1 : nil
    }

    private static func markEnd(_ bytes: [UInt8], at index: Int, from start: Int) -> Int? {
        // Of a run of marks only the first is looked at, or a line of dots would take quadratic time.
        guard index == start || !isMark(bytes[index - 1]) else { return nil }
        var end = index + 1
        while end < bytes.count, isMark(bytes[end]) { end += 1 }
        let marks = end - index
        let closing = closers(bytes, from: end)
        end += closing
        guard end < bytes.count else { return end }
        guard bytes[end].isWhitespace else { return nil }
        let next = bytes[end...].prefix(longestLookahead).first { !$0.isWhitespace }
        let isPeriod = bytes[index] == UInt8(ascii: ".")
        // “Really?” she said.
        if next?.isLowercaseLetter == true, isPeriod || closing > 0 { return nil }
        guard isPeriod, marks == 1, closing == 0 else { return end }
        return isAbbreviation(bytes, before: index, from: start, next: next) ? nil : end
    }

    private static func isMark(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ".") || byte == UInt8(ascii: "!") || byte == UInt8(ascii: "?")
    }

    /// The length of the closing quotes and brackets at `index`.
    private static func closers(_ bytes: [UInt8], from index: Int) -> Int {
        var end = index
        while end < bytes.count {
            if "\"')]*_".utf8.contains(bytes[end]) {
                end += 1
            } else if let mark = wideClosers.first(where: { bytes[end...].starts(with: $0) }) {
                end += mark.count
            } else {
                break
            }
        }
        return end - index
    }

    /// `…` like a period, `。！？` wherever they stand.
    private static func wideEnd(_ bytes: [UInt8], at index: Int, from start: Int) -> Int? {
        if bytes[index...].starts(with: ellipsis) {
            let end = index + ellipsis.count
            let rest = bytes[end...].prefix(longestLookahead)
            guard rest.first?.isWhitespace == true else { return nil }
            return rest.first { !$0.isWhitespace }?.isUppercaseLetter == true ? end : nil
        }
        guard let mark = wideMarks.first(where: { bytes[index...].starts(with: $0) }) else { return nil }
        var end = index + mark.count
        while let next = wideMarks.first(where: { bytes[end...].starts(with: $0) }) { end += next.count }
        return end + closers(bytes, from: end)
    }

    /// Whether the period at `index` belongs to the word before it; `next` is the first byte behind the white space.
    private static func isAbbreviation(_ bytes: [UInt8], before index: Int, from start: Int, next: UInt8?) -> Bool {
        let earliest = max(start, index - longestAbbreviation)
        var first = index
        while first > earliest, isAbbreviationByte(bytes[first - 1]) { first -= 1 }
        let word = bytes[first..<index]
        guard let letter = word.first else { return false }
        // The number of a list item or a heading.
        if word.allSatisfy(\.isDigit) { return bytes[start..<first].isBlankOrBullet && word.count <= 3 }
        if word.count == 1, letter.isUppercaseLetter { return true }
        // `U.S`, `z.B`, `e.g`: single letters with dots between.
        if word.count >= 3, word.split(separator: UInt8(ascii: ".")).allSatisfy({ $0.count == 1 }) { return true }
        let known = word.text.lowercased()
        return abbreviations.contains(known) || next?.isDigit == true && numbered.contains(known)
    }

    private static func isAbbreviationByte(_ byte: UInt8) -> Bool { byte.isWordByte || byte == UInt8(ascii: ".") }

    private static let longestAbbreviation = 12
    private static let longestLookahead = 64
    private static let ellipsis = Array("…".utf8)
    private static let wideMarks = ["。", "！", "？", "｡"].map { Array($0.utf8) }
    private static let wideClosers = ["”", "’", "»", "“", "」", "』", "）", "】"].map { Array($0.utf8) }

    /// Those that stand before a capital within a sentence.
    ///
    /// `etc.` and `Inc.` as often end one.
    private static let abbreviations: Set<String> = [
        "mr", "mrs", "ms", "dr", "prof", "st", "sr", "jr", "gen", "col", "lt", "capt", "rev", "hon", "sen", "rep",
        "gov",
        "vs", "cf", "ca", "approx", "dept", "univ", "assn", "ave", "blvd", "mt", "ft", "bzw", "evtl", "ggf", "inkl",
        "vgl",
        "hr", "fr", "mio", "mrd", "incl", "resp", "viz", "ph.d",
    ]

    /// Those that are abbreviations before a number only.
    ///
    /// “No. 5” is one sentence, “He said no. Then …” begins a second.
    private static let numbered: Set<String> = [
        "no", "nos", "nr", "fig", "figs", "eq", "eqs", "sec", "ch", "chap", "vol", "p", "pp", "art", "abs", "abb",
        "tab",
        "ed", "ref", "refs", "str", "s", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov",
        "dec",
    ]
}

extension ArraySlice<UInt8> {
    /// At most a list marker and white space; looks at the first bytes only, as a marker is no longer.
    fileprivate var isBlankOrBullet: Bool {
        count <= 16 && allSatisfy { $0.isWhitespace || "-*+#>".utf8.contains($0) }
    }
}
