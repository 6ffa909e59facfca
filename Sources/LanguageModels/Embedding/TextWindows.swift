/// Cuts a text into pieces that a model with a small window reads whole.
///
/// Between words, as few and as equal pieces as hold it by the count at hand; the pieces' vectors are averaged. A single word that is
/// larger than the window is a piece of its own: the provider says whether it takes it.
enum TextWindows {
    /// - Parameters:
    ///   - limit: tokens; `nil` cuts nothing.
    ///   - count: tokens of a text, about additive over words.
    static func cut(_ text: String, limit: Int?, count: (String) -> Int) -> [String] {
        guard let limit, text.utf8.count > limit else { return [text] }
        let words = text.split(whereSeparator: \.isWhitespace)
        let sizes = words.map { count(String($0)) }
        let total = sizes.reduce(0, +)
        guard total > limit else { return [text] }
        let share = (total + (total + limit - 1) / limit - 1) / ((total + limit - 1) / limit)
        var pieces: [String] = []
        var start = 0
        var filled = 0
        for place in words.indices {
            if filled > 0, filled + sizes[place] > limit || filled >= share {
                pieces.append(String(text[words[start].startIndex..<words[place - 1].endIndex]))
                (start, filled) = (place, 0)
            }
            filled += sizes[place]
        }
        pieces.append(String(text[words[start].startIndex...]))
        return pieces
    }
}
