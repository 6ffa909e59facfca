import SQL

extension EngineMigrations {
    /// Messages are numbered from 1 within their conversation and never change, but for the state of an answer under way.
    static let conversations = Migration(
        owner: "engine",
        number: 2,
        name: "conversations, messages, summaries",
        statements: [
            """
            CREATE TABLE conversation (
                id TEXT PRIMARY KEY,
                scope TEXT NOT NULL,
                subject TEXT NOT NULL,
                title TEXT,
                system_prompt TEXT,
                collections TEXT,
                created_at INTEGER NOT NULL,
                updated_at INTEGER NOT NULL,
                messages INTEGER NOT NULL,
                covered INTEGER NOT NULL
            ) STRICT
            """,
            "CREATE INDEX conversation_owner ON conversation (subject, updated_at)",
            "CREATE INDEX conversation_unsummarised ON conversation (messages - covered)",
            """
            CREATE TABLE message (
                conversation TEXT NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
                number INTEGER NOT NULL,
                id TEXT NOT NULL UNIQUE,
                role TEXT NOT NULL,
                text TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                state TEXT NOT NULL,
                model TEXT,
                manifest TEXT,
                usage TEXT,
                finish_reason TEXT,
                idempotency_key TEXT,
                PRIMARY KEY (conversation, number)
            ) STRICT, WITHOUT ROWID
            """,
            """
            CREATE UNIQUE INDEX message_idempotency ON message (conversation, idempotency_key)
            WHERE idempotency_key IS NOT NULL
            """,
            """
            CREATE TABLE conversation_summary (
                conversation TEXT NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
                number INTEGER NOT NULL,
                covers_through INTEGER NOT NULL,
                text TEXT NOT NULL,
                method TEXT NOT NULL,
                model TEXT,
                created_at INTEGER NOT NULL,
                PRIMARY KEY (conversation, number)
            ) STRICT, WITHOUT ROWID
            """,
        ]
    )
}
