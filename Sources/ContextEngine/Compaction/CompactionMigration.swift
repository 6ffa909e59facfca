import SQL

extension EngineMigrations {
    /// `work` is emptied when a task is over: what was sent is kept no longer than it is needed.
    static let compactionTasks = Migration(
        owner: "engine",
        number: 3,
        name: "tasks of compaction",
        statements: [
            """
            CREATE TABLE compaction_task (
                key INTEGER PRIMARY KEY AUTOINCREMENT,
                id TEXT NOT NULL UNIQUE,
                scope TEXT NOT NULL,
                subject TEXT NOT NULL,
                state TEXT NOT NULL,
                attempts INTEGER NOT NULL,
                done INTEGER NOT NULL,
                total INTEGER NOT NULL,
                work TEXT,
                result TEXT,
                error TEXT,
                created_at INTEGER NOT NULL,
                ended_at INTEGER
            ) STRICT
            """,
            "CREATE INDEX compaction_task_open ON compaction_task (key) WHERE ended_at IS NULL",
            "CREATE INDEX compaction_task_age ON compaction_task (ended_at) WHERE ended_at IS NOT NULL",
        ]
    )
}
