/// Manual pages in roff: the macros of `man(7)` and the common ones of `mdoc(7)`, as far as text is behind them.
///
/// Not a typesetter: macros that set fonts and indentation give their text, definitions and conditionals are passed
/// over, and what is unknown gives its arguments, so that no word is lost. Files named by `.so` are not opened.
struct ManualParser {
    let limits: DocumentLimits

    func parse(_ source: SourceText) throws(DocumentError) -> ParsedDocument {
        var reader = ManualReader(limits: limits)
        for line in 0..<source.lineCount { try reader.read(source[line], line: line) }
        return try reader.finish()
    }
}

/// Line after line of a manual page, collected into paragraphs.
struct ManualReader {
    private let limits: DocumentLimits
    private var sections: SectionCollector
    private var outline: Outline
    private var document = ParsedDocument()

    private var paragraph: [String] = []
    /// Counted before the end, as `.Nm` puts the page's name in place of three bytes.
    private var paragraphBytes = 0
    private var paragraphLine = 0
    /// Between `.nf` and `.fi`, lines stay lines.
    private var isVerbatim = false
    /// Within `.de` or `.ig`, up to `..`.
    private var isDefinition = false
    /// After `.TP`: the next line is a tag and stands alone.
    private var awaitsTag = false
    private var name: String?

    init(limits: DocumentLimits) {
        self.limits = limits
        sections = SectionCollector(limits: limits)
        outline = Outline(limits: limits)
    }

    mutating func read(_ line: ArraySlice<UInt8>, line number: Int) throws(DocumentError) {
        if isDefinition {
            isDefinition = line.trimmed.text != ".."
        } else if let mark = line.first, mark == UInt8(ascii: ".") || mark == UInt8(ascii: "'") {
            try readRequest(line.dropFirst().trimmed, number)
        } else if line.isBlank, !isVerbatim {
            try endParagraph()
        } else {
            try append(RoffText.plain(line), number)
        }
    }

    mutating func finish() throws(DocumentError) -> ParsedDocument {
        try endParagraph()
        if let orphan = outline.close() { try sections.add(orphan) }
        document.sections = sections.sections
        document.warnings += outline.warnings
        return document
    }

    private mutating func readRequest(_ request: ArraySlice<UInt8>, _ number: Int) throws(DocumentError) {
        let macro = request.prefix { !$0.isWhitespace && $0 != 0x22 && $0 != UInt8(ascii: "\\") }.text
        let rest = request.dropFirst(macro.utf8.count)
        switch macro {
        case "TH", "Dt": try readTitle(RoffText.arguments(rest), number)
        case "SH", "Sh": try readHeading(rest, level: 1, number)
        case "SS", "Ss": try readHeading(rest, level: 2, number)
        case "PP", "P", "LP", "Pp", "sp", "Bl", "El", "HP", "RS", "RE": try endParagraph()
        case "TP", "TQ", "It":
            try endParagraph()
            awaitsTag = macro != "It"
            try append(Self.flags(RoffText.arguments(rest)).joined(separator: " "), number, isTag: true)
        case "IP":
            try endParagraph()
            try append(RoffText.arguments(rest).first ?? "", number, isTag: true)
        case "nf", "EX", "Bd": try setVerbatim(true)
        case "fi", "EE", "Ed": try setVerbatim(false)
        case "de", "de1", "am", "ig": isDefinition = true
        case _ where Self.silent.contains(macro): break
        default: try append(Self.text(of: macro, RoffText.arguments(rest), name), number)
        }
    }

    /// Requests without words of the page in them.
    private static let silent: Set<String> = [
        "", "ad", "ft", "hy", "na", "nh", "ne", "ns", "ps", "vs", "in", "ti", "ll", "ta", "br", "bp", "if", "ie", "el",
        "ds",
        "nr", "tr", "mk", "rt", "rr", "rm", "so", "ss", "pc", "cc", "ec", "eo", "fam", "TS", "TE", "PD", "AT", "UC",
        "DT",
        "IX", "Dd", "Os", "Xc", "Xo", "Bk", "Ek", "while", "do", "als", "defcolor", "hw", "lf", "nop", "UE", "ME", "SY",
        "YS", "warn", "ev", "ce", "rs", "PU", "Sm", "LINKSTYLE", "URL", "mso", "fcolor", "gcolor", "\\}", "}",
    ]

    private static func text(of macro: String, _ arguments: [String], _ name: String?) -> String {
        switch macro {
        // Alternating fonts: the arguments are parts of words.
        case "BR", "RB", "BI", "IB", "IR", "RI": arguments.joined()
        case "Fl": flags(["Fl"] + arguments).joined(separator: " ")
        case "Nm": ([arguments.first ?? name ?? ""] + arguments.dropFirst()).joined(separator: " ")
        case "Nd": "— " + arguments.joined(separator: " ")
        case "Xr": (arguments.first ?? "") + (arguments.count > 1 ? "(\(arguments[1]))" : "")
        case "Op", "Oo": "[" + flags(arguments).joined(separator: " ") + "]"
        default: flags(arguments).joined(separator: " ")
        }
    }

    /// Within an mdoc line macros are words: `Fl v` is `-v`, the others only set a font.
    private static func flags(_ arguments: [String]) -> [String] {
        var words: [String] = []
        var isFlag = false
        for word in arguments {
            if word == "Fl" {
                isFlag = true
            } else if !["Ar", "Cm", "Ns", "Pa", "Ic", "Li", "Ev", "Va", "Em", "Sy", "Dq", "Sq", "Ql", "No"].contains(
                word
            ) {
                words.append(isFlag ? "-" + word : word)
                isFlag = false
            }
        }
        return words
    }

    /// The page's name stands above all its headings: `NAME` and `SYNOPSIS` alone say nothing.
    private mutating func readTitle(_ arguments: [String], _ number: Int) throws(DocumentError) {
        try endParagraph()
        guard let name = arguments.first, !name.isEmpty else { return }
        self.name = name.lowercased()
        document.title = arguments.count > 1 ? "\(name.lowercased())(\(arguments[1]))" : name.lowercased()
        if arguments.count > 2, !arguments[2].isEmpty { document.metadata["date"] = arguments[2] }
        if let orphan = outline.open(document.title ?? name, level: 0, line: number) { try sections.add(orphan) }
    }

    private mutating func readHeading(
        _ rest: ArraySlice<UInt8>,
        level: Int,
        _ number: Int
    ) throws(DocumentError) {
        try endParagraph()
        let title = RoffText.arguments(rest).joined(separator: " ")
        guard !title.isEmpty else { return }
        if let orphan = outline.open(title, level: level, line: number) { try sections.add(orphan) }
    }

    private mutating func setVerbatim(_ value: Bool) throws(DocumentError) {
        try endParagraph()
        isVerbatim = value
    }

    private mutating func append(_ text: String, _ number: Int, isTag: Bool = false) throws(DocumentError) {
        guard !text.isEmpty || isVerbatim else { return }
        paragraphBytes += text.utf8.count
        guard paragraphBytes <= limits.textBytes else {
            throw .tooLarge(.textBytes, value: paragraphBytes, limit: limits.textBytes)
        }
        if paragraph.isEmpty { paragraphLine = number }
        let isOnOwnLine = isVerbatim || isTag || awaitsTag || paragraph.isEmpty
        if awaitsTag || isTag {
            paragraph.append(text + "\n")
            awaitsTag = false
        } else if isOnOwnLine {
            paragraph.append(isVerbatim ? text + "\n" : text)
        } else {
            let glue = paragraph.last?.hasSuffix("\n") == true ? "" : " "
            paragraph.append(glue + text)
        }
    }

    private mutating func endParagraph() throws(DocumentError) {
        awaitsTag = false
        guard !paragraph.isEmpty else { return }
        let text = paragraph.joined()
        paragraph = []
        paragraphBytes = 0
        outline.markUsed()
        let kind = isVerbatim ? Section.Kind.code(language: nil) : .prose
        let trimmed = text.hasSuffix("\n") ? String(text.dropLast()) : text
        try sections.add(
            Section(headingPath: outline.path, text: trimmed, kind: kind, location: .line(paragraphLine + 1))
        )
    }
}
