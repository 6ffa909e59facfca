/// Function words of English that say nothing about what a query is after.
///
/// The list that Snowball publishes beside its English stemmer. Compared before stemming; a contraction counts as the word
/// before its apostrophe (`it's`, `you're`), and those with `n't` are listed. Used on queries only: the index keeps every
/// word, so that a query of nothing else ("to be or not to be") still finds its passage.
enum StopWords {
    private static let english = Set(
        """
        i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her hers herself \
        it its itself they them their theirs themselves what which who whom this that these those am is are was were be \
        been being have has had having do does did doing would should could ought a an the and but if or because as \
        until while of at by for with about against between into through during before after above below to from up \
        down in out on off over under again further then once here there when where why how all any both each few more \
        most other some such no nor not only own same so than too very let can will just isn't aren't wasn't weren't \
        hasn't haven't hadn't doesn't don't didn't won't wouldn't shan't shouldn't can't couldn't mustn't
        """.split(separator: " ").map(String.init)
    )

    /// `word` is folded and not yet stemmed.
    static func contains(_ word: UnsafeBufferPointer<UInt8>) -> Bool {
        let text = String(decoding: word, as: UTF8.self)
        if english.contains(text) { return true }
        guard let apostrophe = text.firstIndex(of: "'") else { return false }
        return english.contains(String(text[..<apostrophe]))
    }
}
