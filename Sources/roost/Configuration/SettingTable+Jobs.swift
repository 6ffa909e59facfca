import ContextEngine

/// What steers jobs, and what makes less of a history.
extension Setting {
    static let jobs: [Setting] = [
        .integer(
            "jobs.max_context_tokens",
            \.jobs.windowTokens,
            64...10_000_000,
            "Tokens of a job's history, passages, prompt and answer together.",
            also: ["MAX_CONTEXT_SIZE"]
        ),
        .integer(
            "jobs.context_messages",
            \.jobs.history.messages,
            0...10_000,
            "Messages of a job's history that are taken, the newest, besides the system's."
        ),
        .integer(
            "jobs.shortest_cut",
            \.jobs.history.shortestCut,
            8...10_000,
            "Tokens below which a message that is too long is dropped and not shortened."
        ),
        .integer(
            "jobs.passages",
            \.jobs.passages,
            1...100,
            "Passages that are looked at for a job that does not say how many."
        ),
    ]

    static let compaction: [Setting] = [
        .flag(
            "compaction.enabled",
            \.compaction.isEnabled,
            "Whether `/api/compact` is served; else it answers 501.",
            also: ["ENABLE_COMPACTION"]
        ),
        .integer("compaction.messages", \.compaction.messages, 1...100_000, "Messages of one request."),
        .integer(
            "compaction.content_characters",
            \.compaction.contentCharacters,
            1...1_000_000,
            "Characters of one message."
        ),
        .integer(
            "compaction.cache_secs",
            \.compaction.cacheTimeToLive,
            0...31_536_000,
            "Time for which the vector of a message is remembered."
        ),
        .integer(
            "compaction.cached_vectors",
            \.compaction.cachedVectors,
            1...10_000_000,
            "Vectors of messages that are remembered."
        ),
        .integer("compaction.waiting_tasks", \.compaction.waitingTasks, 1...1_000_000, "Tasks that may wait."),
        .integer(
            "compaction.result_secs",
            \.compaction.resultTimeToLive,
            60...31_536_000,
            "Time for which the result of a task is kept."
        ),
    ]
}
