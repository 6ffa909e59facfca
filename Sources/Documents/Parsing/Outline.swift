/// The headings that are open while a document is read from top to bottom.
///
/// A heading with nothing below it would be in no section's path and so be lost; it is handed back as a section of
/// its own. So is one that is too long to be a heading: a paragraph with a rule right under it is one to Markdown, and
/// every section below would carry it.
struct Outline {
    private struct Heading {
        let title: String
        let level: Int
        let line: Int?
        var isUsed = false
    }

    private let limit: Int
    private var open: [Heading] = []

    /// Bytes of the longest heading that was too long.
    private var longest = 0

    /// The first heading of the lowest level that was seen first: what a document without a declared title is called.
    private(set) var title: String?

    var path: [String] { open.map(\.title) }

    /// Says that something was taken for text.
    var warnings: [String] {
        guard longest > 0 else { return [] }
        return ["Headings of up to \(longest) bytes (max: \(limit)) were read as text."]
    }

    init(limits: DocumentLimits) {
        limit = limits.nameBytes
    }

    /// Opens a heading (level 1 is the outermost) after closing those of its level and below.
    ///
    /// Returns the closed one under which nothing stood, or the text that is no heading. `line` counts from 0.
    mutating func open(_ title: String, level: Int, line: Int?) -> Section? {
        guard title.utf8.count <= limit else { return text(title, line: line) }
        let orphan = close(from: level)
        if self.title == nil, open.isEmpty { self.title = title }
        for index in open.indices { open[index].isUsed = true }
        open.append(Heading(title: title, level: level, line: line))
        return orphan
    }

    /// Something stands below the open headings.
    mutating func markUsed() {
        for index in open.indices { open[index].isUsed = true }
    }

    /// The end of the document.
    mutating func close() -> Section? { close(from: 0) }

    private mutating func close(from level: Int) -> Section? {
        var orphan: Section?
        while let last = open.last, last.level >= level {
            open.removeLast()
            guard !last.isUsed else { continue }
            orphan = section(last.title, line: last.line)
            markUsed()
        }
        return orphan
    }

    private mutating func text(_ heading: String, line: Int?) -> Section {
        longest = max(longest, heading.utf8.count)
        markUsed()
        return section(heading, line: line)
    }

    private func section(_ heading: String, line: Int?) -> Section {
        Section(headingPath: path, text: heading, location: line.map { SourceLocation.line($0 + 1) })
    }
}
