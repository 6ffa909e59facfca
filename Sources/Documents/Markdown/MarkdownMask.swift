/// A Markdown text prepared for libcmark such that only its blocks are parsed, in linear time.
///
/// Only block structure is wanted here, but libcmark parses inlines too, and version 0.30 takes quadratic time for some
/// of them (`<!--` or `<?` without end, brackets in masses) and for deep nesting (`>` in masses, CVE-2023-22486 and
/// its kin). So every byte that can begin an inline construct, and cannot matter to the block structure where it
/// stands, is replaced by a letter. Lines keep their numbers and lengths, and the document's text is taken from the
/// original.
///
/// What matters to blocks stands at the start of a line: the *prefix* of white space, `>`, list markers and numbers.
/// - `[` is masked everywhere: it could only begin a link, or a reference definition, which libcmark would swallow
///   where it should stay text.
/// - `<` is masked except right after the prefix, where it can begin an HTML block, and in `</`, which can end one.
/// - `*` and `_` are masked after the prefix; a line of nothing else stays, as it is a rule.
/// - The prefix itself is cut off after `nesting` markers, or four columns for each of them: a letter there makes the
///   rest of the line text.
struct MarkdownMask {
    private(set) var bytes: [UInt8] = []

    /// Whether a line was nested too deeply and is text from there on.
    private(set) var isFlattened = false

    private static let filler = UInt8(ascii: "x")
    private static let columnsPerLevel = 4

    init(_ source: SourceText, from start: Int, nesting: Int) {
        bytes.reserveCapacity(source.bytes.count + 1)
        for line in start..<source.lineCount {
            append(source[line], nesting: nesting)
            bytes.append(0x0A)
        }
    }

    private mutating func append(_ line: ArraySlice<UInt8>, nesting: Int) {
        guard !Self.isRule(line) else {
            bytes += line
            return
        }
        let prefix = prefixEnd(line, nesting: nesting)
        bytes += line[..<prefix.index]
        for index in prefix.index..<line.endIndex {
            let isFirst = index == prefix.index
            bytes.append(isFirst && prefix.isCut || Self.isMasked(line, index, isFirst) ? Self.filler : line[index])
        }
    }

    /// One of `-`, `*`, `_`, `=` and white space only: a rule or an underline, which libcmark sees at once.
    private static func isRule(_ line: ArraySlice<UInt8>) -> Bool {
        guard let mark = line.first(where: { !$0.isWhitespace }), rules.contains(mark) else { return false }
        return line.allSatisfy { $0 == mark || $0.isWhitespace }
    }

    private static func isMasked(_ line: ArraySlice<UInt8>, _ index: Int, _ isFirst: Bool) -> Bool {
        switch line[index] {
        case UInt8(ascii: "["), UInt8(ascii: "*"), UInt8(ascii: "_"): true
        case UInt8(ascii: "<"): !isFirst && (index + 1 == line.endIndex || line[index + 1] != UInt8(ascii: "/"))
        default: false
        }
    }

    private mutating func prefixEnd(_ line: ArraySlice<UInt8>, nesting: Int) -> (index: Int, isCut: Bool) {
        var markers = 0
        for index in line.indices {
            let byte = line[index]
            guard byte.isWhitespace || byte.isDigit || Self.markers.contains(byte) else { return (index, false) }
            if Self.markers.contains(byte) { markers += 1 }
            if markers > nesting { isFlattened = true }
            if markers > nesting || index - line.startIndex > nesting * Self.columnsPerLevel { return (index, true) }
        }
        return (line.endIndex, false)
    }

    private static let markers = Array(">-+*.)".utf8)
    private static let rules = Array("-*_=".utf8)
}
