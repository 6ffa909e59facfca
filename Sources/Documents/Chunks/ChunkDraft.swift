/// A chunk in the making: pieces of sections in order.
struct ChunkDraft {
    private struct Entry {
        let section: Section
        /// Tells sections with equal contents apart.
        let index: Int
        var piece: Piece
        /// Lower headings, written above the piece when chunks of different headings were joined.
        var heading: String?
    }

    let context: ChunkContext
    /// Of the text, as the sum of its pieces.
    private(set) var tokens = 0
    private var entries: [Entry] = []

    init(context: ChunkContext) {
        self.context = context
    }

    var isEmpty: Bool { entries.isEmpty }

    mutating func append(_ piece: Piece, of section: Section, at index: Int) {
        entries.append(Entry(section: section, index: index, piece: piece, heading: nil))
        tokens += piece.tokens
    }

    /// Appends another draft, and above it those of its headings that are not in this one's context.
    mutating func append(_ other: ChunkDraft, of chunker: Chunker) {
        var added = other.entries
        let lower = other.context.path.dropFirst(context.path.count)
        if !lower.isEmpty {
            let inner = added.first?.heading
            let heading = (lower + (inner.map { [$0] } ?? [])).joined(separator: ChunkContext.separator)
            added[0].heading = heading
            tokens += chunker.tokens(of: heading)
        }
        entries += added
        tokens += other.tokens
    }

    /// `nil` if there is only one piece.
    var halves: (ChunkDraft, ChunkDraft)? {
        guard entries.count > 1 else { return nil }
        return (part(entries.prefix(entries.count / 2)), part(entries.dropFirst(entries.count / 2)))
    }

    /// The same with pieces that follow one another in a section as one: a document of words has millions.
    var condensed: ChunkDraft {
        var draft = ChunkDraft(context: context)
        draft.tokens = tokens
        for entry in entries {
            guard let last = draft.entries.last, last.index == entry.index, entry.heading == nil else {
                draft.entries.append(entry)
                continue
            }
            draft.entries[draft.entries.count - 1].piece = Piece(
                range: last.piece.range.lowerBound..<entry.piece.range.upperBound,
                tokens: last.piece.tokens + entry.piece.tokens,
                line: last.piece.line
            )
        }
        return draft
    }

    /// The first piece cut smaller, each part a draft of its own.
    func cut(by cutter: SectionCutter) -> [ChunkDraft] {
        guard let first = entries.first else { return [] }
        return cutter.pieces(of: first.section, in: first.piece.range).map { piece in
            var draft = ChunkDraft(context: context)
            draft.append(piece, of: first.section, at: first.index)
            return draft
        }
    }

    private func part(_ entries: ArraySlice<Entry>) -> ChunkDraft {
        var draft = ChunkDraft(context: context)
        draft.entries = Array(entries)
        draft.tokens = entries.reduce(0) { $0 + $1.piece.tokens }
        return draft
    }

    var isRecord: Bool { entries.first?.section.kind == .record }

    var kind: Section.Kind {
        guard let first = entries.first?.section.kind else { return .prose }
        return entries.allSatisfy { $0.section.kind == first } ? first : .prose
    }

    /// A line is exact only where the section's lines are the file's.
    var location: SourceLocation? {
        guard let first = entries.first, case .line(let line) = first.section.location else {
            return entries.first?.section.location
        }
        return .line(first.section.isVerbatim ? line + first.piece.line : line)
    }

    var contextualText: String { context.line.isEmpty ? text : context.line + "\n\n" + text }

    /// Pieces that follow one another in a section stand as they are written, with the white space between them.
    var text: String {
        var parts: [String] = []
        var start = 0
        while start < entries.count {
            let first = entries[start]
            var end = start + 1
            while end < entries.count, entries[end].index == first.index, entries[end].heading == nil { end += 1 }
            if let heading = first.heading { parts.append(heading) }
            parts.append(
                first.section.text(utf8: first.piece.range.lowerBound..<entries[end - 1].piece.range.upperBound)
            )
            start = end
        }
        return parts.joined(separator: "\n\n")
    }
}

extension Section {
    fileprivate func text(utf8 range: Range<Int>) -> String {
        let start = text.utf8.index(text.startIndex, offsetBy: range.lowerBound)
        return String(text[start..<text.utf8.index(start, offsetBy: range.count)])
    }
}
