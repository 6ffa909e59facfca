/// A Markdown text prepared for libcmark such that only its blocks are parsed, in linear time.
///
/// Only block structure is wanted here, but libcmark parses inlines too, and version 0.30 takes quadratic time for some
/// of them (`<!--` or `<?` without end, brackets in masses) and for deep nesting (`>` in masses, CVE-2023-22486 and
/// its kin), and makes a node of 150 bytes of every byte that could have begun an inline. So each such byte that cannot
/// matter to the block structure where it stands is replaced by a letter. Lines keep their numbers and lengths, and the
/// document's text is taken from the original. What is left makes a few nodes for each line and each marker of a list
/// or quote; ``blocks`` counts those.
///
/// What matters to blocks stands at the start of a line: the *prefix* of white space, `>`, list markers and numbers.
/// - `[` is masked everywhere: it could only begin a link, or a reference definition, which libcmark would swallow
///   where it should stay text. `]`, `&` and `\` go with it, and `!` unless it follows `<`.
/// - `<` is masked except right after the prefix, where it can begin an HTML block, and in the line's first end tag of
///   an element whose HTML block lasts until there.
/// - Backticks are masked unless they are a fence.
/// - `*` and `_` are masked after the prefix; a line of nothing else stays, as it is a rule.
/// - The prefix itself is cut off after `nesting` markers, or four columns for each of them: a letter there makes the
///   rest of the line text.
struct MarkdownMask {
    private(set) var bytes: [UInt8] = []

    /// Lines that aren't blank, and the markers before them.
    private(set) var blocks = 0

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
        guard !line.isBlank else { return bytes += line }
        blocks += 1
        guard !Self.isRule(line) else { return bytes += line }
        let prefix = prefixEnd(line, nesting: nesting)
        bytes += line[..<prefix.index]
        let rest = line[prefix.index...]
        let endTag = Self.endTag(in: rest)
        for index in rest.indices.dropFirst(Self.fence(rest, into: &bytes)) {
            let isFirst = index == prefix.index
            let isMasked = isFirst && prefix.isCut || index != endTag && Self.isMasked(line, index, isFirst)
            bytes.append(isMasked ? Self.filler : line[index])
        }
    }

    /// Appends the fence of backticks at the beginning, and says how long it is; a backtick after it makes it none.
    private static func fence(_ rest: ArraySlice<UInt8>, into bytes: inout [UInt8]) -> Int {
        let fence = rest.prefix { $0 == UInt8(ascii: "`") }
        guard fence.count >= 3, !rest[fence.endIndex...].contains(UInt8(ascii: "`")) else { return 0 }
        bytes += fence
        return fence.count
    }

    /// The first `<` of an end tag that ends an HTML block (CommonMark 4.6, condition 1).
    private static func endTag(in rest: ArraySlice<UInt8>) -> Int? {
        rest.indices.first { index in
            guard rest[index] == UInt8(ascii: "<") else { return false }
            let tag = rest[index...].lazy.map { $0 | 0x20 }
            return endTags.contains { tag.starts(with: $0) }
        }
    }

    /// In lower case, as `byte | 0x20` makes it: which maps no other byte to one of these but control characters.
    private static let endTags = ["</script>", "</pre>", "</style>", "</textarea>"].map { $0.utf8.map { $0 | 0x20 } }

    /// One of `-`, `*`, `_`, `=` and white space only: a rule or an underline, which libcmark sees at once.
    private static func isRule(_ line: ArraySlice<UInt8>) -> Bool {
        guard let mark = line.first(where: { !$0.isWhitespace }), rules.contains(mark) else { return false }
        return line.allSatisfy { $0 == mark || $0.isWhitespace }
    }

    private static func isMasked(_ line: ArraySlice<UInt8>, _ index: Int, _ isFirst: Bool) -> Bool {
        switch line[index] {
        case UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "*"), UInt8(ascii: "_"), UInt8(ascii: "&"),
            UInt8(ascii: "\\"), UInt8(ascii: "`"):
            true
        case UInt8(ascii: "!"): isFirst || line[index - 1] != UInt8(ascii: "<")
        case UInt8(ascii: "<"): !isFirst
        default: false
        }
    }

    private mutating func prefixEnd(_ line: ArraySlice<UInt8>, nesting: Int) -> (index: Int, isCut: Bool) {
        var markers = 0
        for index in line.indices {
            let byte = line[index]
            guard byte.isWhitespace || byte.isDigit || Self.markers.contains(byte) else { return (index, false) }
            if Self.markers.contains(byte) {
                markers += 1
                blocks += 1
            }
            if markers > nesting { isFlattened = true }
            if markers > nesting || index - line.startIndex > nesting * Self.columnsPerLevel { return (index, true) }
        }
        return (line.endIndex, false)
    }

    private static let markers = Array(">-+*.)".utf8)
    private static let rules = Array("-*_=".utf8)
}
