/// A part of a section's text, in offsets into its UTF-8.
struct Piece: Hashable {
    let range: Range<Int>
    let tokens: Int
    /// Lines of the section above it.
    var line = 0
}

/// Cuts a section's text into pieces of at most `limit` tokens, each at the widest seam that makes it small enough.
struct SectionCutter {
    let limit: Int
    let tokens: (String) -> Int

    /// From wide to narrow.
    private enum Seam: CaseIterable {
        case paragraph, line, sentence, word, half
    }

    /// Of the whole text, or of a part of it.
    func pieces(of section: Section, in part: Range<Int>? = nil) -> [Piece] {
        let bytes = Array(section.text.utf8)
        var pieces: [Piece] = []
        cut(bytes, bytes[part ?? bytes.indices].trimmed.indices, at: seams(section.kind)[...], into: &pieces)
        count(linesAbove: &pieces, in: bytes)
        return pieces
    }

    private func count(linesAbove pieces: inout [Piece], in bytes: [UInt8]) {
        var line = 0
        var counted = 0
        for index in pieces.indices {
            let start = pieces[index].range.lowerBound
            line += bytes[counted..<start].count { $0 == 0x0A }
            counted = start
            pieces[index].line = line
        }
    }

    /// Prose has sentences; its lines mean something only in lists, which the sentences respect.
    private func seams(_ kind: Section.Kind) -> [Seam] {
        kind == .prose ? [.paragraph, .sentence, .word, .half] : [.paragraph, .line, .word, .half]
    }

    private func cut(_ bytes: [UInt8], _ range: Range<Int>, at seams: ArraySlice<Seam>, into pieces: inout [Piece]) {
        guard !range.isEmpty else { return }
        let count = tokens(bytes[range].text)
        guard count > limit, let seam = seams.first else {
            pieces.append(Piece(range: range, tokens: count))
            return
        }
        guard seam != .half else { return halve(bytes, range, into: &pieces) }
        for part in parts(bytes, range, at: seam) { cut(bytes, part, at: seams.dropFirst(), into: &pieces) }
    }

    private func parts(_ bytes: [UInt8], _ range: Range<Int>, at seam: Seam) -> [Range<Int>] {
        switch seam {
        case .paragraph: paragraphs(bytes, range)
        case .line: bytes[range].split(separator: 0x0A).filter { !$0.isBlank }.map(\.indices)
        case .sentence:
            SentenceSplitter.ranges(in: Array(bytes[range])).map { part in
                range.lowerBound + part.lowerBound..<range.lowerBound + part.upperBound
            }
        case .word, .half: bytes[range].split(whereSeparator: \.isWhitespace).map(\.indices)
        }
    }

    /// Runs of lines between blank lines, with the indentation of their first.
    private func paragraphs(_ bytes: [UInt8], _ range: Range<Int>) -> [Range<Int>] {
        bytes[range].split(separator: 0x0A, omittingEmptySubsequences: false)
            .split(whereSeparator: \.isBlank)
            .compactMap { lines in
                guard let first = lines.first, let last = lines.last else { return nil }
                return first.startIndex..<last.endIndex
            }
    }

    /// Cuts a word that is too long alone, at a character's border.
    private func halve(_ bytes: [UInt8], _ range: Range<Int>, into pieces: inout [Piece]) {
        let count = tokens(bytes[range].text)
        var middle = range.lowerBound + range.count / 2
        while middle < range.upperBound, bytes[middle] & 0xC0 == 0x80 { middle += 1 }
        guard count > limit, middle > range.lowerBound, middle < range.upperBound else {
            pieces.append(Piece(range: range, tokens: count))
            return
        }
        halve(bytes, range.lowerBound..<middle, into: &pieces)
        halve(bytes, middle..<range.upperBound, into: &pieces)
    }
}
