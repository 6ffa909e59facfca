import ContextAPI
import ContextCore
import ContextEngine
import HTTP
import LanguageModels
import Retrieval
import SQL
import VectorSearch

/// The one table of all settings, in the order in which the documentation lists them.
extension Setting {
    static let all =
        server + log + storage + embeddings + search + sessionVectors + context + languageModel + conversation + jobs
        + compaction + delegation + ragSessions

    private static let server: [Setting] = [
        .text("server.host", \.server.host, "Address to listen on. Anything but loopback needs authentication."),
        .integer("server.port", \.server.port, 0...65_535, "Port to listen on; 0 picks a free one."),
        .integer("server.io_threads", \.server.ioThreads, 1...64, "Threads that move bytes."),
        .integer("server.limits.connections", \.server.limits.connections, 1...1_000_000, "Open connections."),
        .integer("server.limits.header_bytes", \.server.limits.header, 1_024...65_535, "Request line and fields."),
        .integer("server.limits.body_bytes", \.server.limits.body, 1_024...1_073_741_824, "Body of a request."),
        .integer(
            "server.limits.websocket_message_bytes",
            \.server.limits.webSocketMessage,
            1_024...1_073_741_824,
            "One message of a WebSocket."
        ),
        .seconds("server.timeouts.header_secs", \.server.timeouts.header, 0.1...3_600, "To send a request's header."),
        .seconds("server.timeouts.body_secs", \.server.timeouts.body, 0.1...3_600, "To send a request's body."),
        .seconds("server.timeouts.keep_alive_secs", \.server.timeouts.keepAlive, 0.1...86_400, "Between two requests."),
        .seconds(
            "server.timeouts.write_secs",
            \.server.timeouts.write,
            0.1...3_600,
            "For a client that takes nothing."
        ),
        .seconds(
            "server.timeouts.websocket_idle_secs",
            \.server.timeouts.webSocketIdle,
            1...86_400,
            "Silence after which a WebSocket is closed."
        ),
        .seconds(
            "server.timeouts.event_silence_secs",
            \.api.eventSilence,
            0.1...3_600,
            "Silence on a stream of events after which a comment is sent."
        ),
        .seconds("server.timeouts.drain_secs", \.server.timeouts.drain, 0...3_600, "To finish requests when stopping."),
        .optionalText("server.tls.certificate", \.tls.certificate, "Certificate chain, PEM.", kind: .path),
        .optionalText("server.tls.private_key", \.tls.privateKey, "Private key, PEM.", kind: .path),
    ]

    private static let log: [Setting] = [
        .choice("log.level", \.log.level, ["trace", "debug", "info", "warning", "error", "off"], "What is logged.")
    ]

    private static let storage: [Setting] = [
        .secret(
            "database_url",
            \.databaseURL,
            "`sqlite:PATH`; without it `roost.db` in the data directory.",
            also: ["DATABASE_URL"]
        ),
        .secret(
            "vectordb_url",
            \.vectorDatabaseURL,
            "The passages' database; in this version the same as `database_url`, or left out.",
            also: ["VECTORDB_URL"]
        ),
        Setting(
            "database.durability",
            .choice(["full", "normal"]),
            "`full` survives a power failure; `normal` may lose the last commits in one.",
            read: { .string($0.database.durability == .full ? "full" : "normal") },
            write: { $0.database.durability = $1 == "full" ? .full : .normal }
        ),
        .integer("database.maximum_readers", \.database.maximumReaders, 1...64, "Connections that read."),
        .seconds("database.busy_timeout_secs", \.database.busyTimeout, 0...600, "Wait for another process's lock."),
        .integer("database.cache_kib", \.database.cacheKibibytes, 64...1_048_576, "Page cache of a connection in KiB."),
        .secret("redis_url", \.redisURL, "Keeps sessions for several servers.", also: ["REDIS_URL"]),
    ]

    private static let search: [Setting] = [
        .flag("vector_search.enabled", \.search.isEnabled, "Whether passages are searched by meaning, too."),
        .optionalText(
            "vector_search.index_path",
            \.index.snapshotPath,
            "Snapshot of the index; without it `index.snapshot` in the data directory.",
            kind: .path
        ),
        .integer(
            "vector_search.top_k",
            \.search.limit,
            1...100,
            "Results of `roost search` when it does not say how many."
        ),
        .integer("vector_search.m", \.index.index.vectors.neighbours, 2...32, "HNSW: neighbours of a node per level."),
        .integer(
            "vector_search.ef_construction",
            \.index.index.vectors.linkingWidth,
            8...4_096,
            "HNSW: width of the beam that links a node."
        ),
        .integer(
            "vector_search.ef_search",
            \.index.index.vectors.searchWidth,
            8...4_096,
            "HNSW: width of the beam that searches."
        ),
        .integer(
            "vector_search.exact_below",
            \.index.index.vectors.exactBelow,
            0...16_777_216,
            "Passages up to which every search is exact."
        ),
        .integer(
            "vector_search.snapshot_changes",
            \.index.snapshotChanges,
            1...10_000_000,
            "Changes between snapshots."
        ),
    ]

    private static let languageModel: [Setting] = [
        .choice(
            "llm.provider",
            \.languageModel.provider,
            ["extractive", "openai", "anthropic", "llamafile", "ollama"],
            "Who answers.",
            also: ["LLM_PROVIDER"]
        ),
        .secret("llm.api_key", \.languageModel.apiKey, "The provider's key.", also: ["LLM_API_KEY"]),
        .optionalText("llm.model", \.languageModel.model, "The provider's name of the model.", also: ["LLM_MODEL"]),
        Setting(
            "llm.fallback_model",
            .textOrObject,
            isOptional: true,
            "Asked when the model fails: a name, `provider:name`, or an object of the keys of `llm`.",
            read: { $0.languageModel.fallback?.maskingKeys ?? .null },
            write: { $0.languageModel.fallback = $1 == .null ? nil : $1 }
        ),
        .optionalText("llm.endpoint", \.languageModel.endpoint, "The provider's base address.", also: ["LLM_ENDPOINT"]),
        .optionalText(
            "llm.api_version",
            \.languageModel.apiVersion,
            "Azure OpenAI's `api-version`; the endpoint is then the deployment's address."
        ),
        .optionalInteger(
            "llm.context_window",
            \.languageModel.contextWindow,
            256...10_000_000,
            "Tokens of a prompt and its answer together; without it the provider's own, and 8,192 at Ollama, which must be told."
        ),
        .optionalNumber(
            "llm.temperature",
            \.languageModel.temperature,
            0...2,
            "Freedom of the answer; null leaves it to the model."
        ),
        .integer("llm.max_tokens", \.languageModel.maximumTokens, 1...1_000_000, "Tokens of an answer."),
        .integer("llm.timeout_secs", \.languageModel.timeoutSeconds, 1...3_600, "Wait for an answer."),
        .integer("llm.retry_attempts", \.languageModel.retryAttempts, 0...10, "Further attempts after a failure."),
        .integer(
            "llm.concurrent_requests",
            \.languageModel.concurrentRequests,
            1...100_000,
            "Requests that one model answers at once; the others wait, and take turns."
        ),
        .integer(
            "llm.waiting_requests",
            \.languageModel.waitingRequests,
            1...1_000_000,
            "Requests that may wait for one model; more are refused with 503."
        ),
        .integer("llm.answer_sentences", \.languageModel.answerSentences, 1...20, "Sentences of an extractive answer."),
        .optionalText(
            "llm.tokenizer.ranks",
            \.languageModel.ranksPath,
            "File of a byte pair encoding in tiktoken's format, such as `o200k_base.tiktoken`; without it tokens are estimated.",
            kind: .path
        ),
        .choice(
            "llm.tokenizer.pattern",
            \.languageModel.splitPattern,
            SplitPattern.allCases.map(\.rawValue),
            "How that encoding splits words."
        ),
        .seconds(
            "llm.token_count.timeout_secs",
            \.languageModel.accounting.countTimeout,
            0...60,
            "For a provider that can to count a prompt before it is sent; 0 asks none."
        ),
        .number(
            "llm.token_count.from",
            \.languageModel.accounting.countFrom,
            0...1,
            "Share of its limit from which a prompt is counted by the provider."
        ),
        .integer(
            "llm.image_tokens",
            \.languageModel.accounting.perImage,
            0...100_000,
            "Tokens that an image is taken to have."
        ),
    ]

    private static let conversation: [Setting] = [
        .integer(
            "conversation.max_context_tokens",
            \.conversation.contextTokens,
            64...1_000_000,
            "Tokens of a prompt when the request names no limit."
        ),
        .integer(
            "conversation.passages",
            \.conversation.passages,
            0...100,
            "Passages that are looked at for a prompt."
        ),
        .integer(
            "conversation.recent_messages",
            \.conversation.recentMessages,
            1...1_000,
            "Messages kept word for word."
        ),
        .integer(
            "conversation.summary_at",
            \.conversation.summaryAt,
            2...10_000,
            "Messages beyond the summary that renew it."
        ),
        .integer("conversation.summary_tokens", \.conversation.summaryTokens, 50...100_000, "Tokens of a summary."),
        .integer(
            "conversation.content_characters",
            \.conversation.contentCharacters,
            1...10_000_000,
            "Characters of a message."
        ),
        .optionalText(
            "conversation.summary_model",
            \.summaryModel,
            "The model that summarises; without it the one that answers.",
            also: ["SUMMARY_MODEL"]
        ),
        .flag(
            "conversation.persist",
            \.conversationFiles.persists,
            "Has no effect: conversations are always kept, until they are deleted."
        ),
        .optionalText(
            "conversation.persist_path",
            \.conversationFiles.path,
            "Has no effect: conversations lie in the database.",
            kind: .path
        ),
    ]
}
