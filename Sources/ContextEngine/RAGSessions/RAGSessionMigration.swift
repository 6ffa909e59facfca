import SQL

extension EngineMigrations {
    /// A session goes with its conversation.
    ///
    /// Times are milliseconds since 1970 UTC.
    static let ragSessions = Migration(
        owner: "engine",
        number: 4,
        name: "rag sessions, revoked tokens",
        statements: [
            """
            CREATE TABLE rag_session (
                id TEXT PRIMARY KEY,
                conversation TEXT NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
                subject TEXT NOT NULL,
                host TEXT NOT NULL,
                caller TEXT NOT NULL,
                token TEXT NOT NULL,
                collections TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                last_used INTEGER NOT NULL,
                token_expires_at INTEGER NOT NULL,
                prompts INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID
            """,
            "CREATE INDEX rag_session_conversation ON rag_session (conversation)",
            "CREATE INDEX rag_session_token ON rag_session (subject, token)",
            "CREATE INDEX rag_session_age ON rag_session (last_used)",
            """
            CREATE TABLE revoked_token (
                subject TEXT NOT NULL,
                id TEXT NOT NULL,
                revoked_at INTEGER NOT NULL,
                kept_until INTEGER NOT NULL,
                PRIMARY KEY (subject, id)
            ) STRICT, WITHOUT ROWID
            """,
            "CREATE INDEX revoked_token_age ON revoked_token (kept_until)",
        ]
    )
}
