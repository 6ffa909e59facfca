/// UTF-8 text cut into lines, which are numbered from 0 here and from 1 in a ``SourceLocation``.
struct SourceText {
    let bytes: [UInt8]

    /// Where each line begins, and one more: the end.
    ///
    /// Never fewer than two entries.
    private let starts: [Int]

    /// Line ends of every kind become one line feed, so that a line's number stays what an editor shows.
    init(_ text: String) {
        bytes = Self.normalized(text)
        var starts = [0]
        for (index, byte) in bytes.enumerated() where byte == 0x0A { starts.append(index + 1) }
        if starts.last != bytes.count || starts.count == 1 { starts.append(bytes.count) }
        self.starts = starts
    }

    var lineCount: Int { starts.count - 1 }

    var lines: some Collection<ArraySlice<UInt8>> { (0..<lineCount).lazy.map { self[$0] } }

    /// Without its line feed.
    subscript(line: Int) -> ArraySlice<UInt8> {
        let end = starts[line + 1]
        let hasLineFeed = end > starts[line] && bytes[end - 1] == 0x0A
        return bytes[starts[line]..<(hasLineFeed ? end - 1 : end)]
    }

    func isBlank(_ line: Int) -> Bool { self[line].isBlank }

    /// The lines from `range` without blank lines at both ends; `nil` if nothing is left.
    func trimmed(_ range: Range<Int>) -> Range<Int>? {
        guard let first = range.first(where: { !isBlank($0) }),
            let last = range.last(where: { !isBlank($0) })
        else { return nil }
        return first..<(last + 1)
    }

    /// As written, without the line feed of the last one.
    func text(_ lines: Range<Int>) -> String {
        guard let last = lines.last else { return "" }
        return bytes[starts[lines.lowerBound]..<self[last].endIndex].text
    }

    /// A verbatim section out of `range`, if something is there.
    func section(_ range: Range<Int>, under path: [String], kind: Section.Kind = .prose) -> Section? {
        trimmed(range).map { lines in
            Section(
                headingPath: path,
                text: text(lines),
                kind: kind,
                location: .line(lines.lowerBound + 1),
                isVerbatim: true
            )
        }
    }

    private static func normalized(_ text: String) -> [UInt8] {
        guard text.utf8.contains(0x0D) else { return Array(text.utf8) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        var previous: UInt8 = 0
        for byte in text.utf8 {
            if byte == 0x0D {
                bytes.append(0x0A)
            } else if byte != 0x0A || previous != 0x0D {
                bytes.append(byte)
            }
            previous = byte
        }
        return bytes
    }
}
