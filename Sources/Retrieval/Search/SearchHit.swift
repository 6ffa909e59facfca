package import ContextCore

/// A passage that was found, and why.
package struct SearchHit: Sendable {
    package let passage: Passage

    /// Hybrid: the fused score, 0 … 1.
    ///
    /// Vector: cosine similarity, −1 … 1. Keyword: BM25, 0 and up.
    package let score: Double

    package let evidence: Evidence

    package init(passage: Passage, score: Double, evidence: Evidence) {
        self.passage = passage
        self.score = score
        self.evidence = evidence
    }
}

/// What each half of the search says of one passage.
package struct Evidence: Hashable, Sendable {
    /// Places counted from 1; `nil` where that half did not return the passage.
    package var vectorRank: Int?
    package var keywordRank: Int?

    /// Cosine similarity.
    package var vectorScore: Double?

    /// BM25.
    package var keywordScore: Double?

    /// The share of the query's information that the passage's words cover: the inverse document frequencies of the
    /// terms that it has, over those of all the query's terms, 0 … 1.
    package var coverage: Double?

    package init() {}
}

/// From where on a hit has to do with the question at all.
///
/// A ranking always has a first place, also for a question that nothing answers. Whether the first place is worth its
/// tokens is decided by the two absolute measures that there are.
package struct RelevanceThresholds: Hashable, Codable, Sendable {
    /// Cosine similarity that unrelated texts hardly reach with all-MiniLM-L6-v2.
    package var similarity = 0.28

    /// Share of the query's information that a passage must cover when it is found by words alone.
    package var coverage = 0.45

    package init() {}

    package func accept(_ evidence: Evidence) -> Bool {
        (evidence.vectorScore ?? -1) >= similarity || (evidence.coverage ?? 0) >= coverage
    }

    /// How sure the better half is that the passage answers, 0 … 1.
    package func strength(of evidence: Evidence) -> Double {
        let vector = ((evidence.vectorScore ?? 0) - similarity) / (0.75 - similarity)
        let keyword = ((evidence.coverage ?? 0) - coverage) / (1 - coverage)
        return min(max(vector, keyword, 0), 1)
    }
}

/// The answer to one ``RetrievalQuery``.
package struct SearchOutcome: Sendable {
    package var hits: [SearchHit]

    /// Found, but under the query's threshold.
    package var belowThreshold: Int

    /// What could not take part: `embeddings` when there is no model.
    package var degraded: [String]

    package init(hits: [SearchHit] = [], belowThreshold: Int = 0, degraded: [String] = []) {
        self.hits = hits
        self.belowThreshold = belowThreshold
        self.degraded = degraded
    }
}
