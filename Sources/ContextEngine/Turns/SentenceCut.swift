import Documents

/// Cuts a text so that it costs no more than so many tokens, and shows that it was cut.
///
/// After a sentence; where that would cost more than half of what fits, after a word; in a text without either, after a
/// character. What is left keeps its line breaks, so that code and lists stay what they are. A cut is only ever taken
/// when it was counted, so a tokenizer that finds more pieces in half a word costs some room and never the bound.
enum SentenceCut {
    /// Characters that a token stands for at most on average, in a text that is worth keeping: no more of it are looked at.
    private static let charactersPerToken = 8

    /// - Parameter count: tokens of a text.
    /// - Returns: `text` where it fits as it is; `nil` where not even a character does.
    static func leading(_ text: String, within tokens: Int, count: (String) -> Int) -> String? {
        guard tokens > 0 else { return nil }
        let beginning = text.prefix(tokens * charactersPerToken)
        if beginning.endIndex == text.endIndex, count(text) <= tokens { return text }
        let sentences = SentenceSplitter.sentences(in: beginning).dropLast().map(\.endIndex)
        if let cut = longest(beginning, sentences, tokens, count), count(cut) * 2 >= tokens { return cut }
        return longest(beginning, wordEnds(beginning), tokens, count)
            ?? longest(beginning, Array(beginning.indices.dropFirst()), tokens, count)
    }

    /// The longest beginning that ends at one of `ends` and fits with the mark.
    ///
    /// O(log n) counts.
    private static func longest(
        _ text: Substring,
        _ ends: [String.Index],
        _ tokens: Int,
        _ count: (String) -> Int
    ) -> String? {
        var fitting: String?
        var range = 0..<ends.count
        while !range.isEmpty {
            let middle = (range.lowerBound + range.upperBound) / 2
            let cut = text[..<ends[middle]] + Excerpt.mark
            if count(String(cut)) <= tokens {
                fitting = String(cut)
                range = middle + 1..<range.upperBound
            } else {
                range = range.lowerBound..<middle
            }
        }
        return fitting
    }

    private static func wordEnds(_ text: Substring) -> [String.Index] {
        var ends: [String.Index] = []
        var isInWord = false
        for index in text.indices {
            let isBlank = text[index].isWhitespace
            if isBlank, isInWord { ends.append(index) }
            isInWord = !isBlank
        }
        return ends
    }
}
