/// The headings that are open while a document is read from top to bottom.
///
/// A heading with nothing below it would be in no section's path and so be lost; it is handed back as a section of
/// its own.
struct Outline {
    private struct Heading {
        let title: String
        let level: Int
        let line: Int?
        var isUsed = false
    }

    private var open: [Heading] = []

    /// The first heading of the lowest level that was seen first: what a document without a declared title is called.
    private(set) var title: String?

    var path: [String] { open.map(\.title) }

    /// Opens a heading (level 1 is the outermost) after closing those of its level and below.
    ///
    /// Returns the closed one under which nothing stood. `line` counts from 0.
    mutating func open(_ title: String, level: Int, line: Int?) -> Section? {
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
            let location = last.line.map { SourceLocation.line($0 + 1) }
            orphan = Section(headingPath: path, text: last.title, location: location)
            markUsed()
        }
        return orphan
    }
}
