/// A line of running text, white space collapsed as a browser would.
struct HTMLLine {
    /// Put in front of the line when it is taken, unless it is empty: `- ` of a list item.
    var marker = ""
    private var text = ""
    private var endsInSpace = false

    var isEmpty: Bool { text.isEmpty }

    mutating func append(_ more: String) {
        for scalar in more.unicodeScalars {
            if scalar.isASCII, UInt8(scalar.value).isWhitespace {
                endsInSpace = true
            } else {
                if endsInSpace, !text.isEmpty { text.unicodeScalars.append(" ") }
                endsInSpace = false
                text.unicodeScalars.append(scalar)
            }
        }
    }

    /// The line, if there is one; empty afterwards.
    mutating func take() -> String? {
        endsInSpace = false
        guard !text.isEmpty else { return nil }
        defer { self = HTMLLine() }
        return marker + text
    }

    /// Everything below `node` in one line.
    static func text(of node: HTMLNode) -> String {
        var line = HTMLLine()
        collect(node) { line.append($0) }
        return line.take() ?? ""
    }

    /// Everything below `node` as it stands, without blank lines at both ends.
    static func verbatim(of node: HTMLNode) -> String {
        var text = ""
        collect(node) { text += $0 }
        let lines = SourceText(text)
        return lines.trimmed(0..<lines.lineCount).map(lines.text) ?? ""
    }

    private static func collect(_ node: HTMLNode, _ body: (String) -> Void) {
        for child in node.children {
            if let text = child.text {
                body(text)
            } else if child.element == "br" {
                body("\n")
            } else if child.element != "script", child.element != "style" {
                collect(child, body)
            }
        }
    }
}
