import ContextEngine

/// Who may act for a user, and the sessions of those who do.
extension Setting {
    static let delegation: [Setting] = [
        .secret(
            "delegation.secret",
            \.delegation.secret,
            "Signs delegation tokens with HS256, 32 bytes or more; without it and `delegation.key` there are none."
        ),
        .optionalText(
            "delegation.key",
            \.delegation.keyPath,
            "A PEM file (P-256, Ed25519 or RSA; private or public) or JSON Web Keys that check delegation tokens.",
            kind: .path
        ),
        .text("delegation.audience", \.delegation.tokens.audience, "This server's name in the tokens' `aud`."),
        .optionalText("delegation.issuer", \.delegation.tokens.issuer, "The tokens' `iss`; without it any."),
        .integer("delegation.leeway_secs", \.delegation.tokens.leeway, 0...300, "How much clocks may differ."),
        .integer(
            "delegation.max_lifetime_secs",
            \.delegation.tokens.maximumLifetime,
            60...DelegationConfiguration.longestLifetime,
            "Time for which a token may be valid, at most."
        ),
        .integer("delegation.token_bytes", \.delegation.tokens.tokenBytes, 512...65_536, "Size of a token."),
    ]

    static let ragSessions: [Setting] = [
        .integer(
            "rag_sessions.timeout_secs",
            \.ragSessions.timeout,
            1...86_400,
            "Time without use after which a RAG session ends.",
            also: ["SESSION_TIMEOUT"]
        ),
        .integer("rag_sessions.limits.open", \.ragSessions.maximumOpen, 1...10_000_000, "Open RAG sessions."),
        .optionalText(
            "rag_sessions.webhook.url",
            \.ragSessions.webhook.url,
            "Where what happens to RAG sessions is sent, as JSON without any text of a person."
        ),
        .secret(
            "rag_sessions.webhook.secret",
            \.ragSessions.webhook.secret,
            "Signs what is sent, in `X-Roost-Signature`."
        ),
        .integer("rag_sessions.webhook.queue", \.ragSessions.webhook.queue, 1...1_000_000, "Events that may wait."),
        .integer(
            "rag_sessions.webhook.attempts",
            \.ragSessions.webhook.attempts,
            1...20,
            "Attempts to send an event."
        ),
        .integer(
            "rag_sessions.webhook.timeout_secs",
            \.ragSessions.webhook.timeoutSeconds,
            1...600,
            "Wait for one attempt."
        ),
    ]
}
