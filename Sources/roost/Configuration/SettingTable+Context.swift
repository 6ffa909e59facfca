import ContextAPI
import ContextCore
import ContextEngine
import Documents
import Retrieval

/// What steers context sessions and what is kept for them.
extension Setting {
    static let context: [Setting] =
        level("standard", \.context.levels.standard) + level("detailed", \.context.levels.detailed)
        + level("comprehensive", \.context.levels.comprehensive) + assembly + sessions + passages + documents + requests

    private static func level(_ name: String, _ key: Key<LevelTable.Level>) -> [Setting] {
        [
            Setting(
                "context.levels.\(name).collections",
                .names,
                "Collections that the level asks.",
                read: { .array($0[keyPath: key].collections.map { .string($0) }) },
                write: {
                    if case .array(let names) = $1 { $0[keyPath: key].collections = names.compactMap(\.stringValue) }
                }
            ),
            Setting(
                "context.levels.\(name).form",
                .choice(["brief", "full", "complete"]),
                "How much of a passage the level shows.",
                read: { .string($0[keyPath: key].form.rawValue) },
                write: {
                    if let form = $1.stringValue.flatMap(PassageForm.init) { $0[keyPath: key].form = form }
                }
            ),
            Setting(
                "context.levels.\(name).neighbours",
                .flag,
                "Whether the chunks beside a hit come along.",
                read: { .bool($0[keyPath: key].includesNeighbours) },
                write: { if case .bool(let value) = $1 { $0[keyPath: key].includesNeighbours = value } }
            ),
        ]
    }

    private static let assembly: [Setting] = [
        .integer("context.candidates", \.context.candidates, 1...1_000, "Passages that are looked at for one turn."),
        .integer("context.neighbour_reach", \.context.neighbourReach, 0...10, "Chunks on either side of a hit."),
        .number(
            "context.duplicate_threshold",
            \.context.duplicateThreshold,
            0...1,
            "Likeness from which two passages tell the same."
        ),
        .number(
            "context.relevance.similarity",
            \.context.relevance.similarity,
            -1...1,
            "Cosine similarity from which a passage has to do with the query."
        ),
        .number(
            "context.relevance.coverage",
            \.context.relevance.coverage,
            0...1,
            "Share of the query's information that a passage must cover when words alone found it."
        ),
        .number("context.confidence.high", \.context.confidence.high, 0...1, "From here on an answer is acceptable."),
        .number("context.confidence.medium", \.context.confidence.medium, 0...1, "Below this refining is urgent."),
        .integer("context.suggestions", \.context.suggestions, 0...10, "Follow-up queries of a turn."),
        .integer("context.gap_queries", \.context.gapQueries, 0...20, "Queries that a report of confidence gets."),
        .seconds(
            "context.writer.timeout_secs",
            \.context.writer.timeout,
            0...60,
            "For a model to write the suggestions of a turn, or the queries for gaps; 0 asks no model."
        ),
        .integer(
            "context.writer.context_characters",
            \.context.writer.contextCharacters,
            0...100_000,
            "Characters of the context that it reads."
        ),
        .integer(
            "context.writer.past_queries",
            \.context.writer.pastQueries,
            0...1_000,
            "Earlier queries that it reads."
        ),
        .integer(
            "context.writer.query_characters",
            \.context.writer.queryCharacters,
            20...8_192,
            "Characters of a query that it reads or writes."
        ),
        .integer("context.writer.answer_tokens", \.context.writer.answerTokens, 16...10_000, "Tokens that it writes."),
        .integer(
            "context.rendering.brief_heading",
            \.context.rendering.briefHeading,
            20...2_000,
            "Characters of a brief's heading."
        ),
        .integer(
            "context.rendering.brief_body",
            \.context.rendering.briefBody,
            40...10_000,
            "Characters of a brief's body."
        ),
    ]

    private static let sessions: [Setting] = [
        .integer(
            "context.session_ttl_secs",
            \.context.sessionTimeToLive,
            1...31_536_000,
            "Time without use after which a session is forgotten."
        ),
        .integer(
            "context.manifest_ttl_secs",
            \.context.manifestTimeToLive,
            60...315_360_000,
            "Time for which manifests are kept."
        ),
        .integer("context.limits.query", \.context.limits.query, 1...1_000_000, "Characters of a query."),
        .integer(
            "context.limits.default_tokens",
            \.context.limits.defaultTokens,
            1...1_000_000,
            "Budget of a turn that names none."
        ),
        .integer(
            "context.limits.maximum_tokens",
            \.context.limits.maximumTokens,
            1...1_000_000,
            "Largest budget of a turn."
        ),
        .integer(
            "context.limits.metadata_bytes",
            \.context.limits.metadataBytes,
            0...1_048_576,
            "A session's metadata."
        ),
        .integer(
            "context.limits.previous_context_ids",
            \.context.limits.previousContextIDs,
            0...1_000_000,
            "Ids that a client says it has."
        ),
        .integer(
            "context.limits.sent_candidates",
            \.context.limits.sentCandidates,
            0...10_000,
            "Passages a session has that a turn looks at again for its manifest; more are left out of its search."
        ),
        .integer("context.limits.collections", \.context.limits.collections, 1...1_000, "Collections of a request."),
        .integer("context.limits.response", \.context.limits.response, 1...10_000_000, "Characters of a response."),
        .integer("context.limits.gaps", \.context.limits.gaps, 0...1_000, "Gaps of a report."),
        .integer("context.limits.gap_characters", \.context.limits.gapCharacters, 1...100_000, "Characters of a gap."),
    ]

    private static let passages: [Setting] = [
        .integer("passages.limits.batch", \.passages.batch, 1...10_000, "Passages in one call."),
        .integer("passages.limits.text_bytes", \.passages.textBytes, 1_024...16_777_216, "Text of one passage."),
        .integer("passages.limits.metadata_bytes", \.passages.metadataBytes, 0...1_048_576, "Metadata of one passage."),
        .integer("passages.limits.id_bytes", \.passages.idBytes, 8...4_096, "Id of one passage."),
        .integer(
            "documents.attempts",
            \.uploadAttempts,
            1...100,
            "Attempts to read a document, ended by an error or the end of the server, after which it is given up."
        ),
    ]

    private static let documents: [Setting] = [
        .integer(
            "documents.limits.input_bytes",
            \.documents.inputBytes,
            1_024...1_073_741_824,
            "File of one document."
        ),
        .integer(
            "documents.limits.text_bytes",
            \.documents.textBytes,
            1_024...1_073_741_824,
            "Text that is read out of one document."
        ),
        .integer(
            "documents.limits.blocks",
            \.documents.blocks,
            1_000...100_000_000,
            "Lines of one Markdown document, and its list markers."
        ),
        .integer("documents.limits.chunks", \.documents.chunks, 1...10_000_000, "Passages of one document."),
        .integer("documents.limits.pages", \.documents.pages, 1...1_000_000, "Pages of a PDF file."),
        .integer(
            "documents.limits.name_bytes",
            \.documents.nameBytes,
            16...65_536,
            "Title of a document, its source, and each heading."
        ),
    ]

    private static let requests: [Setting] = [
        .integer(
            "search.limits.default_results",
            \.api.defaultResults,
            1...1_000,
            "Results of `POST /v1/search` when it does not say how many."
        ),
        .integer(
            "search.limits.maximum_results",
            \.api.maximumResults,
            1...1_000,
            "Most results of `POST /v1/search`."
        ),
        .integer("search.limits.excluded_ids", \.api.excludedIDs, 0...1_000_000, "Ids in `exclude_ids`."),
    ]
}
