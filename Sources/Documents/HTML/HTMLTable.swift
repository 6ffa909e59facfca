/// Tables of data as Markdown rows.
///
/// Tables that only lay out a page are read as blocks by ``HTMLReader``.
enum HTMLTable {
    private static let blocks: Set<String> = ["table", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "ul", "ol", "dl"]

    /// Whether no cell holds blocks of its own and some row has two cells.
    static func holdsData(_ table: HTMLNode) -> Bool {
        !holdsBlocks(table) && rows(of: table).contains { cells(of: $0).count > 1 }
    }

    static func text(of table: HTMLNode) -> String {
        var lines: [String] = []
        for child in table.children where child.element == "caption" { lines.append(HTMLLine.text(of: child)) }
        let first = lines.count
        for row in rows(of: table) {
            let cells = cells(of: row).map { HTMLLine.text(of: $0).replacing("|", with: "\\|") }
            guard !cells.isEmpty else { continue }
            lines.append("| " + cells.joined(separator: " | ") + " |")
            if lines.count == first + 1 { lines.append("|" + String(repeating: " --- |", count: cells.count)) }
        }
        return lines.joined(separator: "\n")
    }

    private static func holdsBlocks(_ node: HTMLNode) -> Bool {
        node.children.contains { child in
            guard let name = child.element else { return false }
            return blocks.contains(name) || holdsBlocks(child)
        }
    }

    private static func rows(of table: HTMLNode) -> [HTMLNode] {
        table.children.flatMap { child -> [HTMLNode] in
            switch child.element {
            case "tr": [child]
            case "thead", "tbody", "tfoot": child.children.filter { $0.element == "tr" }
            default: []
            }
        }
    }

    private static func cells(of row: HTMLNode) -> [HTMLNode] {
        row.children.filter { $0.element == "td" || $0.element == "th" }
    }
}
