/// Markdown as CommonMark has it: front matter, headings, and between them blocks exactly as they were written.
///
/// Links, emphasis and code fences stay in the text: a language model reads them, and a link's address is content.
/// A block reaches from its first line to the next block's first line, so no line can get lost whatever the library
/// thinks of where blocks end.
struct MarkdownParser {
    let limits: DocumentLimits

    func parse(_ source: SourceText) throws(DocumentError) -> ParsedDocument {
        let front = FrontMatter(source)
        let start = front?.lineCount ?? 0
        let mask = MarkdownMask(source, from: start, nesting: limits.nesting)
        guard mask.blocks <= limits.blocks else {
            throw .tooLarge(.blocks, value: mask.blocks, limit: limits.blocks)
        }
        let blocks = MarkdownBlocks.parse(mask.bytes).map { $0.moved(by: start) }
        var sections = SectionCollector(limits: limits)
        var outline = Outline(limits: limits)
        if let first = blocks.first, let stray = source.section(start..<first.line, under: []) {
            try sections.add(stray)
        }
        for (index, block) in blocks.enumerated() {
            let end = index + 1 < blocks.count ? blocks[index + 1].line : source.lineCount
            try add(block, upTo: max(end, block.line), of: source, to: &sections, &outline)
        }
        if let orphan = outline.close() { try sections.add(orphan) }
        var document = ParsedDocument(
            title: outline.title,
            sections: sections.sections,
            warnings: outline.warnings
        )
        front?.apply(to: &document)
        if mask.isFlattened {
            document.warnings.append("Blocks nested more than \(limits.nesting) deep were read as text.")
        }
        return document
    }

    private func add(
        _ block: MarkdownBlocks.Block,
        upTo end: Int,
        of source: SourceText,
        to sections: inout SectionCollector,
        _ outline: inout Outline
    ) throws(DocumentError) {
        let lines = block.line..<end
        switch block.kind {
        case .heading(let level):
            let title = Self.title(source, lines)
            if let orphan = outline.open(title, level: level, line: block.line) { try sections.add(orphan) }
        case .thematicBreak:
            // A rule says nothing; a line after it that no block claims would be lost.
            if let rest = source.section(lines.dropFirst(), under: outline.path) { try sections.add(rest) }
        case .code(let language):
            try add(.code(language: language), lines, of: source, to: &sections, &outline)
        case .paragraph:
            try add(Self.isTable(source, lines) ? .table : .prose, lines, of: source, to: &sections, &outline)
        case .other:
            try add(.prose, lines, of: source, to: &sections, &outline)
        }
    }

    private func add(
        _ kind: Section.Kind,
        _ lines: Range<Int>,
        of source: SourceText,
        to sections: inout SectionCollector,
        _ outline: inout Outline
    ) throws(DocumentError) {
        guard let section = source.section(lines, under: outline.path, kind: kind) else { return }
        outline.markUsed()
        try sections.add(section)
    }

    /// A heading without its number signs or its underline; one of several lines becomes one line.
    private static func title(_ source: SourceText, _ lines: Range<Int>) -> String {
        let written = lines.map { source[$0].trimmed }.filter { !$0.isEmpty }
        guard let first = written.first else { return "" }
        if first.first == UInt8(ascii: "#") {
            let marks: (UInt8) -> Bool = { $0 == UInt8(ascii: "#") }
            var title = first.drop(while: marks).trimmed
            // Closing number signs count only after a space.
            let closed = title.prefix(title.count - title.reversed().prefix(while: marks).count)
            if closed.isEmpty || closed.last?.isWhitespace == true { title = closed.trimmed }
            return title.text
        }
        return written.dropLast(written.count > 1 ? 1 : 0).map(\.text).joined(separator: " ")
    }

    /// Whether the second line is the delimiter row of a table (GitHub Flavored Markdown 4.10).
    private static func isTable(_ source: SourceText, _ lines: Range<Int>) -> Bool {
        guard lines.count >= 2, source[lines.lowerBound].contains(UInt8(ascii: "|")) else { return false }
        let row = source[lines.lowerBound + 1].trimmed
        return row.contains(UInt8(ascii: "-"))
            && row.allSatisfy {
                $0.isWhitespace || $0 == UInt8(ascii: "|") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ":")
            }
    }
}
