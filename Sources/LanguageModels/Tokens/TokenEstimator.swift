import ContextCore

/// Estimates how many tokens a text has for a model whose tokenizer is not at hand.
///
/// | text | byte pair encodings need | the estimate |
/// | --- | --- | --- |
/// | English prose | 4.2 to 4.8 bytes a token | WordPiece, and at least a token for 4 bytes |
/// | code | 3 to 4 bytes | the same |
/// | other scripts | 1.2 to 3 bytes | a token for 2 bytes beyond ASCII |
///
/// and ``margin`` on top until a provider's own counts say how far off that is (``TokenCalibration``).
package struct TokenEstimator: Tokenizer {
    package var name: String { "estimate" }
    package var margin: Double { 1.1 }
    private let wordPieces: (@Sendable (String) -> Int)?

    /// - Parameter wordPieces: counts exactly for some other tokenizer; `nil` where there is none.
    package init(wordPieces: (@Sendable (String) -> Int)? = nil) {
        self.wordPieces = wordPieces
    }

    package func count(_ text: String) -> Int {
        guard !text.isEmpty else { return 0 }
        var ascii = 0
        var others = 0
        for byte in text.utf8 {
            if byte < 0x80 { ascii += 1 } else { others += 1 }
        }
        return max((ascii + 3) / 4 + (others + 1) / 2, wordPieces?(text) ?? 0)
    }
}
