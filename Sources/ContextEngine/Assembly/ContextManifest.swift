package import ContextCore

/// The account of one assembled context: every candidate with its scores, its tokens, whether it went in, and why not.
///
/// It can be replayed: the parts name passage, form and content, so the same bytes come out for as long as the passages
/// are what they were.
package struct ContextManifest: Codable, Sendable {
    package var id: String
    package var createdAt: String
    package var operation: String
    package var sessionID: String?
    package var turn: Int?
    package var query: String
    package var level: ContextLevel
    package var collections: [String]
    package var filter: JSONValue?
    package var budget: Int
    package var tokens: Int

    /// What counted them: a tokenizer's name, or `estimate`.
    package var tokenizer: String

    /// The embedder's name; `nil` when the search was on keywords alone.
    package var embedder: String?

    package var form: PassageForm
    package var rendering: PassageRenderer.Limits

    /// SHA-256 of the context's UTF-8 bytes, in hexadecimal.
    package var contextHash: String

    package var candidates: [Candidate]

    /// What the answer suggested to ask next, and who wrote it; `nil` for a context that goes into a prompt.
    package var suggestions: [Suggestion]?

    /// What stands in the prompt besides passages; `nil` for a context without one.
    package var prompt: PromptAccount?

    /// Without what is kept of a caller's history, for who wants the account and not the texts.
    package var withoutTexts: ContextManifest {
        var manifest = self
        manifest.prompt?.kept = nil
        return manifest
    }

    package struct Candidate: Codable, Sendable {
        package var id: String
        package var key: Int64
        package var collection: String
        package var rank: Int
        package var score: Double
        package var vectorRank: Int?
        package var vectorScore: Double?
        package var keywordRank: Int?
        package var keywordScore: Double?

        /// SHA-256 of the passage's content when it was sent; `nil` for one that was not.
        package var contentHash: String?

        package var included: Bool
        package var form: PassageForm?
        package var tokens: Int?

        /// Why it was left out: `already_sent`, `below_threshold`, `near_duplicate`, `over_budget`.
        package var reason: String?

        /// The passage that tells the same, for `near_duplicate`.
        package var duplicateOf: String?

        private enum CodingKeys: String, CodingKey {
            case id, key, collection, rank, score, included, form, tokens, reason
            case vectorRank = "vector_rank"
            case vectorScore = "vector_score"
            case keywordRank = "keyword_rank"
            case keywordScore = "keyword_score"
            case contentHash = "content_hash"
            case duplicateOf = "duplicate_of"
        }
    }

    private enum CodingKeys: String, CodingKey {
        case operation, turn, query, level, collections, filter, budget, tokens, tokenizer, embedder, form, rendering
        case candidates, suggestions, prompt
        case id = "manifest_id"
        case createdAt = "created_at"
        case sessionID = "session_id"
        case contextHash = "context_hash"
    }
}

/// Which collections are asked, and how verbose the answer is.
package enum ContextLevel: String, CaseIterable, Codable, Sendable {
    case standard, detailed, comprehensive
}
