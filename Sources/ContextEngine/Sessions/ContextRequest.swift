package import ContextCore

/// One turn of a context session, as asked.
package struct ContextRequest: Sendable {
    package var sessionID: String?
    package var query: String
    package var level: ContextLevel
    package var previousContextIDs: [String]
    package var maxTokens: Int
    package var metadata: JSONValue?

    /// Overrides the level's list.
    package var collections: [String]?
    package var filter: MetadataFilter?

    /// ``filter`` as it was written, for the manifest.
    package var filterJSON: JSONValue?

    package var explain: Bool

    package init(
        _ query: String,
        sessionID: String? = nil,
        level: ContextLevel = .standard,
        previousContextIDs: [String] = [],
        maxTokens: Int = ContextLimits.standard.defaultTokens,
        metadata: JSONValue? = nil,
        collections: [String]? = nil,
        filter: MetadataFilter? = nil,
        explain: Bool = false
    ) {
        self.query = query
        self.sessionID = sessionID
        self.level = level
        self.previousContextIDs = previousContextIDs
        self.maxTokens = maxTokens
        self.metadata = metadata
        self.collections = collections
        self.filter = filter
        self.explain = explain
    }
}

/// What a context session may ask for.
package struct ContextLimits: Sendable {
    package static let standard = ContextLimits()

    /// Characters of a query after trimming.
    package var query = 8_192

    package var defaultTokens = 2_000
    package var maximumTokens = 32_000

    /// UTF-8 bytes of the metadata as canonical JSON, also of a session's after merging.
    package var metadataBytes = 10_240

    /// Ids in `previous_context_ids`.
    package var previousContextIDs = 10_000

    /// Sent passages that a turn looks at once more, so that its manifest accounts for them; a search leaves out what
    /// exceeds them.
    package var sentCandidates = 500

    /// Names in `collections`.
    package var collections = 64

    /// Characters of a session id that the client chose.
    package var sessionID = 128

    /// Characters of a reported response.
    package var response = 100_000

    package var gaps = 50
    package var gapCharacters = 1_000

    package init() {}
}

extension ContextRequest {
    /// The request with its query trimmed.
    ///
    /// - Throws: ``ContextError`` that names the field, the value and the limit.
    package func validated(_ limits: ContextLimits) throws(ContextError) -> ContextRequest {
        var request = self
        request.query = try Validation.text(query, "query", limit: limits.query)
        if let sessionID { try Validation.identifier(sessionID, "session_id", limit: limits.sessionID) }
        guard (1...limits.maximumTokens).contains(maxTokens) else {
            throw .invalid("max_tokens", "max_tokens is \(maxTokens); use 1 to \(limits.maximumTokens).")
        }
        guard previousContextIDs.count <= limits.previousContextIDs else {
            throw .invalid(
                "previous_context_ids",
                "previous_context_ids has \(previousContextIDs.count) ids (max: \(limits.previousContextIDs))."
            )
        }
        if let collections, !(1...limits.collections).contains(collections.count) {
            throw .invalid("collections", "collections has \(collections.count) names; use 1 to \(limits.collections).")
        }
        if let metadata { try Validation.metadata(metadata, limit: limits.metadataBytes) }
        return request
    }
}
