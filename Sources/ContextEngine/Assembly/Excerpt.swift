/// Shortens text so that the reader sees where.
enum Excerpt {
    /// What stands where text was left out.
    static let mark = " […]"

    /// `text` on one line, cut after a sentence, else after a word, when it is longer than `characters`.
    static func leading(_ text: String, characters: Int) -> String {
        let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard let end = line.index(line.startIndex, offsetBy: characters, limitedBy: line.endIndex), end < line.endIndex
        else { return line }
        let head = line[..<end]
        return head[..<cut(in: head)] + mark
    }

    /// A sentence's end in the second half, so that a cut never costs more than half of what fits; else a word's.
    private static func cut(in head: Substring) -> Substring.Index {
        let middle = head.index(head.startIndex, offsetBy: head.count / 2)
        let sentence = head[middle...].lastIndex { ".!?。！？".contains($0) }
        if let sentence, followsSpace(sentence, in: head) { return head.index(after: sentence) }
        return head[middle...].lastIndex(of: " ") ?? head.endIndex
    }

    /// A full stop inside a number or a name ends no sentence, also where the cut parts the two.
    private static func followsSpace(_ index: Substring.Index, in head: Substring) -> Bool {
        let line = head.base
        let next = line.index(after: index)
        return next == line.endIndex || line[next] == " " || !line[index].isASCII
    }
}
