import ContextCore
package import Embeddings

/// Counts tokens for budgets, by the best tokenizer at hand.
package struct TokenCounter: Tokenizer {
    private let tokenizer: WordPieceTokenizer?

    /// - Parameter tokenizer: `nil` estimates.
    package init(_ tokenizer: WordPieceTokenizer?) {
        self.tokenizer = tokenizer
    }

    /// What manifests name as the measure.
    package var name: String { tokenizer == nil ? "estimate" : "all-MiniLM-L6-v2 WordPiece" }

    /// Chunks and packs are cut by these counts themselves.
    package var margin: Double { 1 }

    /// Counts word pieces; `nil` where there is no tokenizer.
    package var wordPieces: (@Sendable (String) -> Int)? {
        guard let tokenizer else { return nil }
        return { tokenizer.count($0) }
    }

    @Sendable
    package func count(_ text: String) -> Int {
        tokenizer?.count(text) ?? Self.estimate(text)
    }

    /// On the safe side: three bytes a token is less than any common tokenizer needs for prose, and about what code and
    /// non-Latin scripts need.
    static func estimate(_ text: String) -> Int {
        (text.utf8.count + 2) / 3
    }
}
