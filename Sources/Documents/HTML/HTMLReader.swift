/// Walks over a page and writes down what it says, block by block.
///
/// Recursion is bounded by the tree's depth.
struct HTMLReader {
    private(set) var document = ParsedDocument()

    private var sections: SectionCollector
    private var outline: Outline

    /// The paragraph that is being collected, with white space collapsed.
    private var line = HTMLLine()
    /// Finished lines of the block that is open: a list collects its items here.
    private var block: [String] = []
    private var blockLine: Int?
    private var listDepth = 0

    private static let dropped: Set<String> = [
        "script", "style", "nav", "template", "svg", "math", "canvas", "iframe", "object", "select", "button", "head",
    ]
    private static let inline: Set<String> = [
        "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i",
        "img",
        "input", "ins", "kbd", "label", "mark", "q", "ruby", "rp", "rt", "s", "samp", "small", "span", "strike",
        "strong",
        "sub", "sup", "time", "tt", "u", "var", "wbr",
    ]

    init(limits: DocumentLimits) {
        sections = SectionCollector(limits: limits)
        outline = Outline(limits: limits)
    }

    mutating func read(_ root: HTMLNode?) throws(DocumentError) {
        if let root {
            document.language = root.attribute("lang")
            for child in root.children where child.element == "head" { readHead(child) }
            try read(element: root)
        }
        try endBlock()
        if let orphan = outline.close() { try sections.add(orphan) }
        document.sections = sections.sections
        document.title = document.title ?? outline.title
        document.warnings += outline.warnings
    }

    private mutating func readHead(_ head: HTMLNode) {
        for node in head.children {
            if node.element == "title" {
                let title = HTMLLine.text(of: node)
                document.title = title.isEmpty ? nil : title
            } else if node.element == "meta", let name = node.attribute("name"), let value = node.attribute("content"),
                ["description", "author", "keywords", "date"].contains(name.lowercased())
            {
                document.metadata[name.lowercased()] = value
            }
        }
    }

    private mutating func readChildren(of node: HTMLNode) throws(DocumentError) {
        for child in node.children {
            if let text = child.text {
                if blockLine == nil, line.isEmpty { blockLine = child.line }
                line.append(text)
            } else {
                try read(element: child)
            }
        }
    }

    private mutating func read(element node: HTMLNode) throws(DocumentError) {
        guard let name = node.element, !Self.dropped.contains(name) else { return }
        switch name {
        case "h1", "h2", "h3", "h4", "h5", "h6": try readHeading(node, level: Int(name.dropFirst()) ?? 1)
        case "br", "hr": endLine()
        case "img": line.append(node.attribute("alt") ?? "")
        case "pre": try readCode(node)
        case "table" where HTMLTable.holdsData(node): try readTable(node)
        case "ul", "ol", "dl": try readList(node, isOrdered: name == "ol")
        case let name where Self.inline.contains(name): try readChildren(of: node)
        default: try readBlock(node)
        }
    }

    private mutating func readBlock(_ node: HTMLNode) throws(DocumentError) {
        try endParagraph()
        try readChildren(of: node)
        try endParagraph()
    }

    private mutating func readHeading(_ node: HTMLNode, level: Int) throws(DocumentError) {
        try endBlock()
        let title = HTMLLine.text(of: node)
        guard !title.isEmpty else { return }
        if let orphan = outline.open(title, level: level, line: node.line.map { $0 - 1 }) { try sections.add(orphan) }
    }

    private mutating func readCode(_ node: HTMLNode) throws(DocumentError) {
        try endBlock()
        let code = HTMLLine.verbatim(of: node)
        let fence = code.contains("```") ? "~~~~" : "```"
        let language = Self.language(of: node)
        let text = "\(fence)\(language ?? "")\n\(code)\n\(fence)"
        guard !code.trimmed.isEmpty else { return }
        try add(text, kind: .code(language: language), line: node.line)
    }

    /// From `class="language-swift"`, on the element or on a `code` inside, as highlighters have it.
    private static func language(of node: HTMLNode) -> String? {
        let inner = node.children.first { $0.element == "code" }
        let classes = [inner, node].compactMap { $0?.attribute("class") }.joined(separator: " ").split(separator: " ")
        for prefix in ["language-", "lang-", "highlight-source-"] {
            if let found = classes.first(where: { $0.hasPrefix(prefix) }) {
                return String(found.dropFirst(prefix.count))
            }
        }
        return nil
    }

    private mutating func readTable(_ node: HTMLNode) throws(DocumentError) {
        try endBlock()
        try add(HTMLTable.text(of: node), kind: .table, line: node.line)
    }

    private mutating func readList(_ node: HTMLNode, isOrdered: Bool) throws(DocumentError) {
        if listDepth == 0 { try endBlock() } else { endLine() }
        blockLine = blockLine ?? node.line
        listDepth += 1
        var number = 1
        for child in node.children {
            guard let name = child.element else {
                line.append(child.text ?? "")
                continue
            }
            endLine()
            guard name == "li" || name == "dd" else {
                try read(element: child)
                continue
            }
            let indent = String(repeating: "  ", count: listDepth - 1)
            line.marker = indent + (isOrdered ? "\(number). " : "- ")
            number += 1
            try readChildren(of: child)
            endLine()
        }
        listDepth -= 1
        if listDepth == 0 { try endBlock() }
    }

    /// Ends a paragraph: within a list it is only a line, since the list stays together.
    private mutating func endParagraph() throws(DocumentError) {
        if listDepth > 0 { endLine() } else { try endBlock() }
    }

    private mutating func endLine() {
        if let text = line.take() { block.append(text) }
    }

    private mutating func endBlock() throws(DocumentError) {
        endLine()
        defer { blockLine = nil }
        guard !block.isEmpty else { return }
        let text = block.joined(separator: "\n")
        block = []
        try add(text, kind: .prose, line: blockLine)
    }

    private mutating func add(_ text: String, kind: Section.Kind, line: Int?) throws(DocumentError) {
        outline.markUsed()
        let location = line.map(SourceLocation.line)
        try sections.add(Section(headingPath: outline.path, text: text, kind: kind, location: location))
    }
}
