/// Source code, cut where functions and types begin and end.
///
/// A light structural scan, not a parser: it knows strings, comments and braces (or indentation) and the words that
/// introduce declarations, so one page of code serves some twenty languages. What it gets wrong (macros, preprocessor
/// branches that open a brace twice) makes a section too long or too short; no line is ever lost, as the sections are
/// consecutive ranges of lines.
///
/// - A *container* is a declaration whose lines have a higher level than its own: braces open or columns indented.
/// - Types open sections for their members; functions are not looked into.
/// - Comments, attributes and decorators directly above a declaration belong to it.
struct SourceCodeParser {
    let language: SourceLanguage
    let limits: DocumentLimits

    /// Types within types: beyond this, nested declarations stay in their parent's section.
    private static let deepestPath = 8

    private struct Container {
        let declaration: Declaration
        let level: Int
        /// Whether the lines to come may still be its head: no body has begun, no blank line ended it.
        var isHead: Bool
    }

    func parse(_ source: SourceText, name: String) throws(DocumentError) -> ParsedDocument {
        var sections = SectionCollector(limits: limits)
        let kind = Section.Kind.code(language: language.name)
        for part in parts(of: source) {
            let path = [name] + part.path
            guard let section = source.section(part.lines, under: path, kind: kind) else { continue }
            try sections.add(section)
        }
        return ParsedDocument(title: name, sections: sections.sections)
    }

    private struct Part {
        let lines: Range<Int>
        let path: [String]
    }

    private func parts(of source: SourceText) -> [Part] {
        guard language.structure != .none else { return [Part(lines: 0..<source.lineCount, path: [])] }
        let recognizer = DeclarationRecognizer(language: language)
        var levels = LineLevels(language: language)
        var open: [Container] = []
        var parts: [Part] = []
        var start = 0
        // Where the leads of the next declaration may begin: those of the one before may be its own, as the result type of a
        // C function may look like a declaration; to go back further would take quadratic time.
        var floor = 0
        var declared = 0
        for line in 0..<source.lineCount {
            let level = levels.level(of: source[line])
            if source.isBlank(line), !open.isEmpty { open[open.count - 1].isHead = false }
            guard let level, !source.isBlank(line) else { continue }
            let closed = open.reversed().prefix { level.value <= $0.level && !isContinuation(level, of: $0) }.count
            let innermost = open.dropLast(closed).last
            let isLookedInto = innermost.map { $0.declaration.isType && $0.level < level.value } ?? true
            let found = isLookedInto ? recognizer.declaration(in: source[line], isInType: innermost != nil) : nil
            let isEnd = closed > 0 && !level.isClosing && !(closed == 1 && open.last?.isHead == true)
            guard isEnd || found != nil else {
                if let last = open.last, level.value > last.level { open[open.count - 1].isHead = false }
                continue
            }
            let cut = leadStart(of: line, in: source, after: max(start, floor))
            append(start..<cut, open, to: &parts)
            start = cut
            open.removeLast(closed)
            if found != nil { (floor, declared) = (declared, line + 1) }
            if let found, open.count < Self.deepestPath {
                let isHead = language.structure == .braces && !Self.isComplete(source[line])
                open.append(Container(declaration: found, level: level.value, isHead: isHead))
            }
        }
        append(start..<source.lineCount, open, to: &parts)
        return parts
    }

    /// A declaration that ends on the line where it begins.
    private static func isComplete(_ line: ArraySlice<UInt8>) -> Bool {
        let last = line.trimmed.last
        return last == UInt8(ascii: "}") || last == UInt8(ascii: ";")
    }

    private func append(_ lines: Range<Int>, _ open: [Container], to parts: inout [Part]) {
        guard !lines.isEmpty else { return }
        parts.append(Part(lines: lines, path: open.map(\.declaration.name)))
    }

    /// The brace on its own line that opens the body, a `where` clause, the closing brace: still the declaration.
    private func isContinuation(_ level: LineLevels.Level, of container: Container) -> Bool {
        level.value == container.level && (level.isClosing || level.isOpening)
    }

    /// The first of the lines directly above `line` that document or annotate it.
    private func leadStart(of line: Int, in source: SourceText, after start: Int) -> Int {
        var first = line
        while first > start, isLead(source[first - 1].trimmed) { first -= 1 }
        return first
    }

    private func isLead(_ line: ArraySlice<UInt8>) -> Bool {
        let marks = ["//", "/*", "*", "@", "#[", "\"\"\""]
        if marks.contains(where: { line.starts(with: $0.utf8) }) { return true }
        let comment = language.structure == .statements || language == .lua ? "--" : "#"
        if language.structure != .braces || language == .shell || language == .php {
            return line.starts(with: comment.utf8)
        }
        // C's style with the result type on a line of its own.
        let isC = language == .c || language == .cpp
        return isC && line.first?.isLetter == true
            && line.allSatisfy { $0.isWordByte || $0 == 0x20 || $0 == UInt8(ascii: "*") }
    }
}
