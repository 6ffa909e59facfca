import ContextAPI
import LanguageModels

/// Who embeds, and how.
extension Setting {
    static let embeddings: [Setting] = [
        .choice(
            "embeddings.provider",
            \.embeddings.provider,
            ["local", "openai", "llamafile", "ollama"],
            "Who embeds. Changing it embeds all passages anew beside the index, and then changes over."
        ),
        .optionalText(
            "embeddings.model",
            \.embeddings.model,
            "The model's name; without it all-MiniLM-L6-v2, or `text-embedding-3-small` of OpenAI."
        ),
        .optionalText(
            "embeddings.endpoint",
            \.embeddings.endpoint,
            "The provider's base address; without it the provider's own."
        ),
        .secret("embeddings.api_key", \.embeddings.apiKey, "The provider's key."),
        .optionalText(
            "embeddings.api_version",
            \.embeddings.apiVersion,
            "Azure OpenAI's `api-version`; the endpoint is then the deployment's address."
        ),
        .optionalInteger(
            "embeddings.dimensions",
            \.embeddings.dimensions,
            1...65_536,
            "Numbers of a vector, for models that can shorten theirs; without it the model's own."
        ),
        .seconds(
            "embeddings.timeout_secs",
            \.embeddings.remote.timeout,
            0.1...3_600,
            "Wait for a provider's vectors."
        ),
        .seconds(
            "embeddings.query_timeout_secs",
            \.embeddings.remote.queryTimeout,
            0.1...3_600,
            "Wait for a query's vector; then the search goes by its words."
        ),
        .integer(
            "embeddings.retry_attempts",
            \.embeddings.remote.routing.retryAttempts,
            0...10,
            "Further attempts after a provider's failure that may pass; none for queries."
        ),
        .optionalInteger(
            "embeddings.window_tokens",
            \.embeddings.remote.windowTokens,
            8...1_000_000,
            "Tokens that the provider's model reads at once: longer texts are embedded by windows, and not refused."
        ),
        .optionalText(
            "embeddings.model_path",
            \.embeddings.modelPath,
            "Folder of the local model; without it `models/NAME` in the data directory, then in `~/.roost`.",
            kind: .path,
            also: ["ROOST_MODEL"]
        ),
        .integer("embeddings.threads", \.embeddings.threads, 1...256, "Batches that are computed at the same time."),
        .integer("embeddings.batch_size", \.embeddings.batchSize, 1...10_000, "Passages that are embedded at once."),
        .optionalText(
            "embeddings.cache_dir",
            \.embeddings.cacheDirectory,
            "Folder of the embedding cache; without it `embeddings` in the data directory.",
            kind: .path
        ),
        .integer("embeddings.limits.texts", \.embeddings.limits.texts, 1...10_000, "Texts of one `POST /v1/embed`."),
        .integer(
            "embeddings.limits.openai_texts",
            \.embeddings.limits.openAITexts,
            1...10_000,
            "Texts of one `POST /v1/embeddings`."
        ),
        .integer(
            "embeddings.limits.text_bytes",
            \.embeddings.limits.textBytes,
            1...4_194_304,
            "One text that is to be embedded."
        ),
    ]
}
