/// Plain text: paragraphs by blank lines, and headings where they are obvious.
///
/// Obvious are a short line underlined with `===` or `---`, and a short line in capitals alone between blank lines.
struct PlainTextParser {
    let limits: DocumentLimits

    private static let longestHeading = 80

    func parse(_ source: SourceText) throws(DocumentError) -> ParsedDocument {
        var sections = SectionCollector(limits: limits)
        var outline = Outline(limits: limits)
        var line = 0
        while line < source.lineCount {
            guard !source.isBlank(line) else {
                line += 1
                continue
            }
            if let heading = heading(source, at: line) {
                if let orphan = outline.open(heading.title, level: heading.level, line: line) {
                    try sections.add(orphan)
                }
                line += heading.lines
            } else {
                let end = (line..<source.lineCount).first(where: source.isBlank) ?? source.lineCount
                if let section = source.section(line..<end, under: outline.path) {
                    outline.markUsed()
                    try sections.add(section)
                }
                line = end
            }
        }
        if let orphan = outline.close() { try sections.add(orphan) }
        return ParsedDocument(title: outline.title, sections: sections.sections, warnings: outline.warnings)
    }

    private func heading(_ source: SourceText, at line: Int) -> (title: String, level: Int, lines: Int)? {
        let first = source[line].trimmed
        guard first.count <= Self.longestHeading else { return nil }
        let next = line + 1 < source.lineCount ? source[line + 1].trimmed : []
        if let level = Self.underlineLevel(next), Self.underlineLevel(first) == nil { return (first.text, level, 2) }
        let isAlone = next.isEmpty && (line == 0 || source.isBlank(line - 1))
        return isAlone && Self.isCapitals(first) ? (first.text, 2, 1) : nil
    }

    private static func underlineLevel(_ line: ArraySlice<UInt8>) -> Int? {
        guard line.count >= 3, let first = line.first, line.allSatisfy({ $0 == first }) else { return nil }
        return first == UInt8(ascii: "=") ? 1 : first == UInt8(ascii: "-") ? 2 : nil
    }

    /// At least two words' worth of capitals and none in lower case.
    private static func isCapitals(_ line: ArraySlice<UInt8>) -> Bool {
        line.count(where: \.isUppercaseLetter) >= 4 && !line.contains(where: \.isLowercaseLetter)
            && !line.contains(where: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "|") || $0 == UInt8(ascii: "=") })
    }
}
