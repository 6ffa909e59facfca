package import Retrieval

/// Everything that can be set about context sessions, with the defaults.
package struct ContextConfiguration: Sendable {
    package var levels = LevelTable()
    package var limits = ContextLimits()
    package var rendering = PassageRenderer.Limits()
    package var relevance = RelevanceThresholds()
    package var confidence = ConfidenceLevel.Thresholds()

    /// Passages that are looked at for one turn; a budget of 32,000 tokens holds about this many full ones.
    package var candidates = 60

    /// Chunks on either side of a hit that `comprehensive` brings along.
    package var neighbourReach = 1

    /// Estimated Jaccard similarity of word shingles from which two passages tell the same.
    package var duplicateThreshold = 0.8

    /// Seconds without use after which a session is forgotten.
    package var sessionTimeToLive = 3_600

    /// Seconds for which manifests are kept.
    package var manifestTimeToLive = 30 * 86_400

    package var suggestions = 3
    package var gapQueries = 5

    /// How a model is asked for both.
    package var writer = QueryWriter.Configuration()

    package init() {}
}

/// Which collections a level asks, and in which form it shows passages.
package struct LevelTable: Sendable {
    package struct Level: Sendable {
        package var collections: [String]
        package var form: PassageForm

        /// Whether the chunks beside a hit come along.
        package var includesNeighbours: Bool

        package init(collections: [String], form: PassageForm, includesNeighbours: Bool = false) {
            self.collections = collections
            self.form = form
            self.includesNeighbours = includesNeighbours
        }
    }

    package var standard = Level(collections: ["error-solutions", "best-practices"], form: .brief)

    package var detailed = Level(
        collections: ["error-solutions", "best-practices", "codebase-context"],
        form: .full
    )

    package var comprehensive = Level(
        collections: [
            "error-solutions", "best-practices", "codebase-context", "skills-patterns", "interaction-history",
        ],
        form: .complete,
        includesNeighbours: true
    )

    package init() {}

    package subscript(level: ContextLevel) -> Level {
        switch level {
        case .standard: standard
        case .detailed: detailed
        case .comprehensive: comprehensive
        }
    }
}
