/// Packs the sections of a document into chunks along its structure.
///
/// - A chunk never has more than `maximumTokens`, heading path included, so that an embedder sees all of it.
/// - Sections under the same headings are packed together in order. What does not fit is cut at the widest seam that
///   helps: paragraphs (or blank lines of code), lines, sentences, words, and last in the middle of a word.
/// - Pieces of one oversize stretch are made about equally long rather than full ones and a rest.
/// - Chunks under `minimumTokens` are joined with a neighbour under a common heading, the lower headings written into
///   the text. Records are joined up to the minimum only: more in one vector would blur them.
/// - There is no overlap. The heading path already gives a chunk its setting, neighbours are found by their ordinals,
///   and repeated sentences would be stored, retrieved and paid for twice.
///
/// Every character of a section that is no white space is in exactly one chunk, in order. The counter is called a
/// bounded number of times for every character: time is linear if the counter is.
package struct Chunker: Sendable {
    /// Word pieces of the embedder.
    ///
    /// 256 is what MiniLM was trained to see.
    package var maximumTokens: Int

    package var minimumTokens: Int

    /// The heading path takes at most this part of a chunk.
    package var contextShare = 0.25

    /// A token stands for at most this many bytes; a text that the counter takes for fewer tokens is counted by bytes.
    ///
    /// WordPiece turns a word of any length into one unknown token, so without this a chunk could hold a megabyte.
    package var bytesPerToken = 16

    package var limits: DocumentLimits

    private let counter: @Sendable (String) -> Int

    /// `counter` says how many tokens a text has for the embedder, without special tokens: leave room for those in
    /// `maximumTokens`.
    package init(
        maximumTokens: Int = 256,
        minimumTokens: Int = 48,
        limits: DocumentLimits = DocumentLimits(),
        counter: @escaping @Sendable (String) -> Int
    ) {
        self.maximumTokens = max(1, maximumTokens)
        self.minimumTokens = min(minimumTokens, maximumTokens)
        self.limits = limits
        self.counter = counter
    }

    package func chunks(of document: ParsedDocument) throws(DocumentError) -> [Chunk] {
        var drafts: [ChunkDraft] = []
        for group in groups(document.sections) {
            drafts += pack(document.sections[group])
            guard drafts.count <= limits.chunks else {
                throw .tooLarge(.chunks, value: drafts.count, limit: limits.chunks)
            }
        }
        return joined(drafts).enumerated().map { ordinal, draft in chunk(draft, ordinal) }
    }

    func tokens(of text: String) -> Int {
        max(counter(text), (text.utf8.count + bytesPerToken - 1) / bytesPerToken)
    }

    // MARK: Packing

    /// Runs of sections that may share a chunk: same headings, same page or none, records among themselves.
    private func groups(_ sections: [Section]) -> [Range<Int>] {
        var groups: [Range<Int>] = []
        var start = 0
        for index in sections.indices.dropFirst() where !canShare(sections[index - 1], sections[index]) {
            groups.append(start..<index)
            start = index
        }
        if !sections.isEmpty { groups.append(start..<sections.count) }
        return groups
    }

    private func canShare(_ left: Section, _ right: Section) -> Bool {
        left.headingPath == right.headingPath && (left.kind == .record) == (right.kind == .record)
    }

    private func pack(_ sections: ArraySlice<Section>) -> [ChunkDraft] {
        guard let first = sections.first else { return [] }
        let context = ChunkContext(first.headingPath, share: contextShare, of: self)
        let room = max(1, maximumTokens - context.tokens)
        let cutter = SectionCutter(limit: room, tokens: tokens(of:))
        var drafts: [ChunkDraft] = []
        var open = ChunkDraft(context: context)
        for (index, section) in zip(sections.indices, sections) {
            let pieces = cutter.pieces(of: section)
            let fill = fill(section.kind, room, total: pieces.reduce(0) { $0 + $1.tokens })
            for piece in pieces {
                if !open.isEmpty, open.tokens + piece.tokens > room || open.tokens >= fill {
                    drafts += fitted(open)
                    open = ChunkDraft(context: context)
                }
                open.append(piece, of: section, at: index)
            }
        }
        return drafts + fitted(open)
    }

    /// How full a chunk gets before it is closed: an equal part of what an oversize section needs.
    private func fill(_ kind: Section.Kind, _ room: Int, total: Int) -> Int {
        if kind == .record { return max(1, min(minimumTokens, room)) }
        guard total > room else { return room }
        let parts = (total + room - 1) / room
        return (total + parts - 1) / parts
    }

    /// The draft, or smaller ones that fit: a counter that is no WordPiece may count more for the whole than for its
    /// pieces and the context one by one.
    ///
    /// What fits will not be taken apart again.
    private func fitted(_ draft: ChunkDraft) -> [ChunkDraft] {
        guard !draft.isEmpty else { return [] }
        guard tokens(of: draft.contextualText) > maximumTokens else { return [draft.condensed] }
        if let (left, right) = draft.halves { return fitted(left) + fitted(right) }
        let context = draft.context.line
        let cutter = SectionCutter(limit: maximumTokens) { tokens(of: context.isEmpty ? $0 : context + "\n\n" + $0) }
        return draft.cut(by: cutter)
    }

    // MARK: Joining

    /// A draft that is too small takes in its successors until it is large enough; where it cannot, its predecessor
    /// takes it.
    private func joined(_ drafts: [ChunkDraft]) -> [ChunkDraft] {
        var result: [ChunkDraft] = []
        for draft in drafts {
            if let last = result.last, last.tokens < minimumTokens, let both = join(last, draft) {
                result[result.count - 1] = both
            } else {
                joinBackwards(&result)
                result.append(draft)
            }
        }
        joinBackwards(&result)
        return result
    }

    private func joinBackwards(_ result: inout [ChunkDraft]) {
        guard let last = result.last, last.tokens < minimumTokens, let previous = result.dropLast().last,
            let both = join(previous, last)
        else { return }
        result.removeLast()
        result[result.count - 1] = both
    }

    /// Both as one, if they share a heading (or neither has any) and fit.
    private func join(_ left: ChunkDraft, _ right: ChunkDraft) -> ChunkDraft? {
        guard left.isRecord == right.isRecord else { return nil }
        let common = zip(left.context.path, right.context.path).prefix { $0 == $1 }.map(\.0)
        guard !common.isEmpty || left.context.path == right.context.path else { return nil }
        guard left.tokens + right.tokens <= maximumTokens else { return nil }
        let context = common == left.context.path ? left.context : ChunkContext(common, share: contextShare, of: self)
        var both = ChunkDraft(context: context)
        both.append(left, of: self)
        both.append(right, of: self)
        return tokens(of: both.contextualText) <= maximumTokens ? both : nil
    }

    private func chunk(_ draft: ChunkDraft, _ ordinal: Int) -> Chunk {
        Chunk(
            text: draft.text,
            headingPath: draft.context.path,
            context: draft.context.line,
            kind: draft.kind,
            ordinal: ordinal,
            location: draft.location,
            tokens: tokens(of: draft.contextualText)
        )
    }
}
