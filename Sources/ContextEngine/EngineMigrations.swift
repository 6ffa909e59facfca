package import SQL

/// The tables of this target.
///
/// Append only: a released migration never changes. Times are milliseconds since 1970 UTC.
package enum EngineMigrations {
    package static let all = [initial, conversations, compactionTasks, ragSessions]

    private static let initial = Migration(
        owner: "engine",
        number: 1,
        name: "sessions, deliveries, manifests, feedback",
        statements: [
            """
            CREATE TABLE session (
                id TEXT PRIMARY KEY,
                scope TEXT NOT NULL,
                subject TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                last_accessed INTEGER NOT NULL,
                items_sent INTEGER NOT NULL,
                tokens_sent INTEGER NOT NULL,
                metadata TEXT NOT NULL
            ) STRICT, WITHOUT ROWID
            """,
            "CREATE INDEX session_age ON session (last_accessed)",
            """
            CREATE TABLE session_turn (
                session TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
                turn INTEGER NOT NULL,
                at INTEGER NOT NULL,
                query TEXT NOT NULL,
                tokens INTEGER NOT NULL,
                manifest TEXT NOT NULL,
                PRIMARY KEY (session, turn)
            ) STRICT, WITHOUT ROWID
            """,
            """
            CREATE TABLE delivery (
                session TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
                passage INTEGER NOT NULL,
                form TEXT NOT NULL,
                signature BLOB NOT NULL,
                turn INTEGER NOT NULL,
                PRIMARY KEY (session, passage, form)
            ) STRICT, WITHOUT ROWID
            """,
            """
            CREATE TABLE manifest (
                id TEXT PRIMARY KEY,
                scope TEXT NOT NULL,
                subject TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                body TEXT NOT NULL
            ) STRICT
            """,
            "CREATE INDEX manifest_age ON manifest (created_at)",
            """
            CREATE TABLE feedback (
                key INTEGER PRIMARY KEY AUTOINCREMENT,
                session TEXT NOT NULL,
                scope TEXT NOT NULL,
                subject TEXT NOT NULL,
                at INTEGER NOT NULL,
                turn INTEGER NOT NULL,
                query TEXT NOT NULL,
                manifest TEXT,
                response TEXT NOT NULL,
                confidence REAL NOT NULL,
                gaps TEXT NOT NULL,
                suggested TEXT NOT NULL,
                estimate REAL NOT NULL,
                metadata TEXT NOT NULL
            ) STRICT
            """,
            "CREATE INDEX feedback_session ON feedback (session, key)",
        ]
    )
}
