/// JSON as text to search in: each record becomes lines of `path: value`, in the order in which they are written.
///
/// The elements of a top-level array are the records; any other value is one record. Of JSON lines each line is one.
struct JSONDocumentParser {
    let limits: DocumentLimits

    func parse(_ text: String) throws(DocumentError) -> ParsedDocument {
        var sections = SectionCollector(limits: limits)
        var reader = JSONFlattener(Array(text.utf8), limits: limits)
        try reader.readDocument { (record) throws(DocumentError) in
            try sections.add(Self.section(record.lines, line: record.line))
        }
        return ParsedDocument(sections: sections.sections)
    }

    func parseLines(_ source: SourceText) throws(DocumentError) -> ParsedDocument {
        var sections = SectionCollector(limits: limits)
        var bad: [String] = []
        for line in 0..<source.lineCount where !source.isBlank(line) {
            do {
                var reader = JSONFlattener(Array(source[line]), limits: limits)
                try sections.add(Self.section(try reader.readRecord(), line: line + 1))
            } catch .malformed(_, _, let reason) {
                bad.append("Line \(line + 1) is not valid JSON and was left out: \(reason).")
            }
        }
        return ParsedDocument(sections: sections.sections, warnings: Self.summary(bad))
    }

    /// A file in which every line is bad must not produce a warning for each.
    private static func summary(_ warnings: [String]) -> [String] {
        let most = 20
        guard warnings.count > most else { return warnings }
        return warnings.prefix(most) + ["\(warnings.count - most) more lines are not valid JSON and were left out."]
    }

    private static func section(_ lines: [String], line: Int) -> Section {
        Section(text: lines.joined(separator: "\n"), kind: .record, location: .line(line))
    }
}
