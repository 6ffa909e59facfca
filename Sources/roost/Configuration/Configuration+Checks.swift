import ContextAPI
import ContextCore
import ContextEngine
import Runtime

extension Configuration {
    /// What no single setting can see.
    func check() throws(ConfigurationError) {
        guard context.confidence.medium <= context.confidence.high else {
            throw .contradiction(
                "context.confidence.medium is \(context.confidence.medium), above context.confidence.high, \(context.confidence.high)."
            )
        }
        guard context.limits.defaultTokens <= context.limits.maximumTokens else {
            throw .contradiction(
                "context.limits.default_tokens is \(context.limits.defaultTokens), above context.limits.maximum_tokens, \(context.limits.maximumTokens)."
            )
        }
        guard api.defaultResults <= api.maximumResults else {
            throw .contradiction(
                "search.limits.default_results is \(api.defaultResults), above search.limits.maximum_results, \(api.maximumResults)."
            )
        }
        if let url = ragSessions.webhook.url {
            guard ["http://", "https://"].contains(where: url.lowercased().hasPrefix) else {
                throw .contradiction(
                    "rag_sessions.webhook.url is “\(url.clipped(to: 80))”: expected http://… or https://…."
                )
            }
        }
        guard (tls.certificate == nil) == (tls.privateKey == nil) else {
            throw .contradiction("server.tls needs both certificate and private_key, or neither.")
        }
    }

    /// Sentences about what was set but has no effect in this version.
    func unused(_ effective: EffectiveConfiguration) -> [String] {
        var sentences: [String] = []
        let remote = effective.origins.keys.sorted().filter { Self.isForProviders.contains($0) }
        if embeddings.provider == "local", !remote.isEmpty {
            sentences.append("embeddings.provider is local: \(remote.joined(separator: ", ")) has no effect.")
        }
        if redisURL != nil { sentences.append("redis_url is set: this version keeps sessions in the database.") }
        let later = effective.origins.keys.sorted().filter { Self.isForLater($0) }
        if !later.isEmpty {
            sentences.append("Set, but not used by this version: \(later.joined(separator: ", ")).")
        }
        return sentences
    }

    private static let isForProviders: Set<String> = [
        "embeddings.endpoint", "embeddings.api_key", "embeddings.api_version", "embeddings.dimensions",
        "embeddings.timeout_secs", "embeddings.query_timeout_secs", "embeddings.retry_attempts",
        "embeddings.window_tokens",
    ]

    private static func isForLater(_ path: String) -> Bool {
        path.hasPrefix("conversation.persist")
    }
}
