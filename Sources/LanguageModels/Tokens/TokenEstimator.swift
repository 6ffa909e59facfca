/// Estimates how many tokens a text has for a model whose tokenizer is not at hand, on the safe side.
///
/// | text | byte pair encodings need | the estimate |
/// | --- | --- | --- |
/// | English prose | 4.2 to 4.8 bytes a token | WordPiece, and at least a token for 4 bytes |
/// | code | 3 to 4 bytes | the same |
/// | other scripts | 1.2 to 3 bytes | a token for 2 bytes beyond ASCII |
///
/// and ``margin`` on top. A prompt is charged ``perMessage`` for each message besides: roles and separators are tokens too
/// (OpenAI's cookbook counts 3 or 4).
package struct TokenEstimator: Sendable {
    package var perMessage = 4
    package var margin = 1.1
    private let wordPieces: (@Sendable (String) -> Int)?

    /// - Parameter wordPieces: counts exactly for some other tokenizer; `nil` where there is none.
    package init(wordPieces: (@Sendable (String) -> Int)? = nil) {
        self.wordPieces = wordPieces
    }

    package static let name = "estimate"

    package func count(_ text: String) -> Int {
        guard !text.isEmpty else { return 0 }
        var ascii = 0
        var others = 0
        for byte in text.utf8 {
            if byte < 0x80 { ascii += 1 } else { others += 1 }
        }
        let bytes = (ascii + 3) / 4 + (others + 1) / 2
        return Int((Double(max(bytes, wordPieces?(text) ?? 0)) * margin).rounded(.up))
    }
}
