package import ContextCore

/// What a remote model reports about its answer.
package struct FeedbackRequest: Sendable {
    package var sessionID: String
    package var response: String
    package var confidence: Double
    package var gaps: [String]
    package var metadata: JSONValue?

    package init(
        sessionID: String,
        response: String,
        confidence: Double,
        gaps: [String] = [],
        metadata: JSONValue? = nil
    ) {
        self.sessionID = sessionID
        self.response = response
        self.confidence = confidence
        self.gaps = gaps
        self.metadata = metadata
    }

    /// - Throws: ``ContextError`` that names the field, the value and the limit.
    package func validated(_ limits: ContextLimits) throws(ContextError) -> FeedbackRequest {
        guard confidence >= 0, confidence <= 1 else {
            throw .invalid("confidence", "confidence is \(confidence); use 0.0 to 1.0.")
        }
        guard gaps.count <= limits.gaps else {
            throw .invalid(
                "gaps",
                "gaps has \(gaps.count) entries (max: \(limits.gaps)). Name the most important ones."
            )
        }
        for gap in gaps where gap.count > limits.gapCharacters {
            throw .invalid("gaps", "A gap has \(gap.count) characters (max: \(limits.gapCharacters)). Shorten it.")
        }
        var request = self
        request.response = try Validation.text(response, "response", limit: limits.response)
        if let metadata { try Validation.metadata(metadata, limit: limits.metadataBytes) }
        return request
    }
}

/// What to do next, as it goes over the wire.
package struct FeedbackEvaluation: Encodable, Sendable {
    package var suggestedQueries: [String]
    package var estimatedConfidenceIncrease: Double
    package var shouldRefine: Bool
    package var confidenceLevel: ConfidenceLevel
    package var availableCollections: [String]
    package var sessionInfo: SessionInfo
    package var degraded: [String]?

    package struct SessionInfo: Encodable, Sendable {
        package var sessionID: String
        package var turnCount: Int
        package var totalQueries: Int
        package var totalTokensSent: Int

        private enum CodingKeys: String, CodingKey {
            case sessionID = "session_id"
            case turnCount = "turn_count"
            case totalQueries = "total_queries"
            case totalTokensSent = "total_tokens_sent"
        }
    }

    private enum CodingKeys: String, CodingKey {
        case degraded
        case suggestedQueries = "suggested_queries"
        case estimatedConfidenceIncrease = "estimated_confidence_increase"
        case shouldRefine = "should_refine"
        case confidenceLevel = "confidence_level"
        case availableCollections = "available_collections"
        case sessionInfo = "session_info"
    }
}
