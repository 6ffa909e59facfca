package import ContextCore

/// What to search for, where, and how much of it.
package struct RetrievalQuery: Sendable {
    /// `nil` searches by ``vector`` alone.
    package var text: String?

    /// The caller's own embedding of the query, instead of one made from ``text``.
    package var vector: [Float]?

    /// Whether the text may stay in memory with its embedding; one of a session may not outlive it.
    package var isRemembered = true

    package var mode: SearchMode
    package var collections: [PassageCollection]
    package var filter: MetadataFilter?
    package var limit: Int

    /// The least score of a hit, in the units of the mode (see ``SearchHit/score``).
    package var threshold: Double?

    /// Store keys of passages that must not come back.
    package var excluding: Set<Int64>

    package init(
        _ text: String?,
        vector: [Float]? = nil,
        mode: SearchMode = .hybrid,
        in collections: [PassageCollection],
        filter: MetadataFilter? = nil,
        limit: Int,
        threshold: Double? = nil,
        excluding: Set<Int64> = []
    ) {
        self.text = text
        self.vector = vector
        self.mode = mode
        self.collections = collections
        self.filter = filter
        self.limit = limit
        self.threshold = threshold
        self.excluding = excluding
    }
}

package enum SearchMode: String, CaseIterable, Codable, Sendable {
    case hybrid, vector, keyword
}
