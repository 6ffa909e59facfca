/// Shortens text so that the reader sees where.
enum Excerpt {
    /// What stands where text was left out.
    static let mark = " […]"

    /// `text` on one line, cut after a sentence, else after a word, when it is longer than `characters`.
    ///
    /// Reads no further than it must: a pack shortens many passages to find those that fit.
    static func leading(_ text: String, characters: Int) -> String {
        var line = ""
        var count = 0
        var endsWord = false
        for character in text {
            guard !character.isBlank else {
                endsWord = count > 0
                continue
            }
            count += endsWord ? 2 : 1
            guard count <= characters else {
                if endsWord, count == characters + 1 { line.append(" ") }
                return line[..<cut(line[...], beforeSpace: endsWord)] + mark
            }
            if endsWord { line.append(" ") }
            line.append(character)
            endsWord = false
        }
        return line
    }

    /// A sentence's end in the second half, so that a cut never costs more than half of what fits; else a word's.
    ///
    /// - Parameter beforeSpace: whether white space follows `head` in the whole text.
    private static func cut(_ head: Substring, beforeSpace: Bool) -> Substring.Index {
        let middle = head.index(head.startIndex, offsetBy: head.count / 2)
        let sentence = head[middle...].lastIndex { ".!?。！？".contains($0) }
        if let sentence, ends(sentence, in: head, beforeSpace: beforeSpace) { return head.index(after: sentence) }
        return head[middle...].lastIndex(of: " ") ?? head.endIndex
    }

    /// A full stop inside a number or a name ends no sentence, also where the cut parts the two.
    private static func ends(_ index: Substring.Index, in head: Substring, beforeSpace: Bool) -> Bool {
        let next = head.index(after: index)
        guard head[index].isASCII else { return true }
        return next == head.endIndex ? beforeSpace : head[next] == " "
    }
}

extension Character {
    /// White space, as ``isWhitespace``; nearly all characters are ASCII, which needs no table.
    fileprivate var isBlank: Bool {
        guard let ascii = asciiValue else { return isWhitespace }
        return ascii == 0x20 || (0x09...0x0D).contains(ascii)
    }
}
