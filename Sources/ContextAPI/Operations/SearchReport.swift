import ContextCore
package import Retrieval

/// The answer of `POST /v1/search`, which `roost search --json` prints as well.
package struct SearchReport: Encodable {
    private let results: [SearchResult]
    private let belowThreshold: Int
    private let degraded: [String]?
    private let milliseconds: Double

    package init(_ outcome: SearchOutcome, explained: Bool, milliseconds: Double) {
        results = outcome.hits.map { SearchResult($0, explained: explained) }
        belowThreshold = outcome.belowThreshold
        degraded = outcome.degraded.isEmpty ? nil : outcome.degraded
        self.milliseconds = milliseconds
    }

    private enum CodingKeys: String, CodingKey {
        case results, degraded
        case belowThreshold = "below_threshold"
        case milliseconds = "took_ms"
    }
}

private struct SearchResult: Encodable {
    let id: String
    let score: Double
    let text: String
    let source: String
    let collection: String
    let metadata: JSONValue
    let explain: Explanation?

    init(_ hit: SearchHit, explained: Bool) {
        id = hit.passage.id
        score = hit.score
        text = hit.passage.text
        source = hit.passage.source
        collection = hit.passage.collection
        metadata = hit.passage.metadata
        explain = explained ? Explanation(hit.evidence) : nil
    }

    struct Explanation: Encodable {
        let evidence: Evidence

        init(_ evidence: Evidence) {
            self.evidence = evidence
        }

        private enum CodingKeys: String, CodingKey {
            case coverage
            case vectorRank = "vector_rank"
            case vectorScore = "vector_score"
            case keywordRank = "keyword_rank"
            case keywordScore = "keyword_score"
        }

        /// A half that did not find the passage says null.
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(evidence.vectorRank, forKey: .vectorRank)
            try container.encode(evidence.vectorScore, forKey: .vectorScore)
            try container.encode(evidence.keywordRank, forKey: .keywordRank)
            try container.encode(evidence.keywordScore, forKey: .keywordScore)
            try container.encode(evidence.coverage, forKey: .coverage)
        }
    }
}
