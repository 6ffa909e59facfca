package import SQL

/// The tables of this target.
///
/// Append only: a released migration never changes.
///
/// Times are milliseconds since 1970 UTC. Every write to `passage` appends its key to `passage_change` in the same
/// transaction; the indexes in memory follow that log and nothing else, so after a crash, a restart or a write by another
/// process they agree with the tables by construction.
package enum RetrievalMigrations {
    package static let all = [initial, marks, models]

    private static let initial = Migration(
        owner: "retrieval",
        number: 1,
        name: "collections, documents, passages",
        statements: [
            "CREATE TABLE library (id TEXT NOT NULL) STRICT",
            "INSERT INTO library (id) VALUES (lower(hex(randomblob(16))))",
            """
            CREATE TABLE collection (
                key INTEGER PRIMARY KEY AUTOINCREMENT,
                scope TEXT NOT NULL,
                name TEXT NOT NULL,
                kind TEXT NOT NULL,
                retention TEXT NOT NULL,
                metadata TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                UNIQUE (scope, name)
            ) STRICT
            """,
            """
            CREATE TABLE document (
                key INTEGER PRIMARY KEY AUTOINCREMENT,
                id TEXT NOT NULL UNIQUE,
                collection INTEGER NOT NULL REFERENCES collection (key) ON DELETE CASCADE,
                scope TEXT NOT NULL,
                source TEXT NOT NULL,
                title TEXT,
                content_hash BLOB NOT NULL,
                bytes INTEGER NOT NULL,
                modified_at INTEGER,
                status TEXT NOT NULL,
                problem TEXT,
                warnings TEXT NOT NULL,
                passages INTEGER NOT NULL DEFAULT 0,
                metadata TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                updated_at INTEGER NOT NULL,
                UNIQUE (collection, source)
            ) STRICT
            """,
            "CREATE INDEX document_content ON document (collection, content_hash)",
            """
            CREATE TABLE upload (
                document INTEGER PRIMARY KEY REFERENCES document (key) ON DELETE CASCADE,
                name TEXT NOT NULL,
                content_type TEXT,
                body BLOB NOT NULL
            ) STRICT
            """,
            """
            CREATE TABLE passage (
                key INTEGER PRIMARY KEY AUTOINCREMENT,
                id TEXT NOT NULL,
                collection INTEGER NOT NULL REFERENCES collection (key) ON DELETE CASCADE,
                document INTEGER REFERENCES document (key) ON DELETE CASCADE,
                ordinal INTEGER,
                scope TEXT NOT NULL,
                fields TEXT NOT NULL,
                metadata TEXT NOT NULL,
                content_hash BLOB NOT NULL,
                created_at INTEGER NOT NULL,
                updated_at INTEGER NOT NULL,
                UNIQUE (collection, id)
            ) STRICT
            """,
            "CREATE INDEX passage_chunk ON passage (document, ordinal) WHERE document IS NOT NULL",
            "CREATE INDEX passage_age ON passage (collection, updated_at)",
            """
            CREATE TABLE passage_vector (
                passage INTEGER PRIMARY KEY REFERENCES passage (key) ON DELETE CASCADE,
                model TEXT NOT NULL,
                vector BLOB NOT NULL
            ) STRICT
            """,
            """
            CREATE TABLE collection_trust (
                collection INTEGER PRIMARY KEY REFERENCES collection (key) ON DELETE CASCADE,
                model TEXT NOT NULL,
                passages INTEGER NOT NULL,
                probes INTEGER NOT NULL,
                words_removed REAL NOT NULL,
                words_kept REAL NOT NULL,
                vectors_removed REAL NOT NULL,
                vectors_kept REAL NOT NULL
            ) STRICT
            """,
            """
            CREATE TABLE passage_change (
                revision INTEGER PRIMARY KEY AUTOINCREMENT,
                passage INTEGER NOT NULL
            ) STRICT
            """,
            """
            CREATE TRIGGER passage_inserted AFTER INSERT ON passage BEGIN
                INSERT INTO passage_change (passage) VALUES (new.key);
            END
            """,
            """
            CREATE TRIGGER passage_updated AFTER UPDATE ON passage BEGIN
                INSERT INTO passage_change (passage) VALUES (new.key);
            END
            """,
            """
            CREATE TRIGGER passage_deleted AFTER DELETE ON passage BEGIN
                INSERT INTO passage_change (passage) VALUES (old.key);
            END
            """,
            """
            CREATE TRIGGER passage_embedded AFTER INSERT ON passage_vector BEGIN
                INSERT INTO passage_change (passage) VALUES (new.passage);
            END
            """,
            """
            CREATE TRIGGER passage_embedded_again AFTER UPDATE ON passage_vector BEGIN
                INSERT INTO passage_change (passage) VALUES (new.passage);
            END
            """,
        ]
    )

    /// Changes get a mark, so that two histories of one database can be told apart; a passage whose time alone was renewed
    /// need not be indexed again; uploads count their failures.
    private static let marks = Migration(
        owner: "retrieval",
        number: 2,
        name: "marks of changes, attempts of uploads",
        statements: [
            "ALTER TABLE passage_change ADD COLUMN mark INTEGER",
            "UPDATE passage_change SET mark = random()",
            "ALTER TABLE upload ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0",
            "DROP TRIGGER passage_inserted",
            "DROP TRIGGER passage_updated",
            "DROP TRIGGER passage_deleted",
            "DROP TRIGGER passage_embedded",
            "DROP TRIGGER passage_embedded_again",
            """
            CREATE TRIGGER passage_inserted AFTER INSERT ON passage BEGIN
                INSERT INTO passage_change (passage, mark) VALUES (new.key, random());
            END
            """,
            """
            CREATE TRIGGER passage_updated
            AFTER UPDATE OF id, collection, document, ordinal, scope, fields, metadata, content_hash ON passage BEGIN
                INSERT INTO passage_change (passage, mark) VALUES (new.key, random());
            END
            """,
            """
            CREATE TRIGGER passage_deleted AFTER DELETE ON passage BEGIN
                INSERT INTO passage_change (passage, mark) VALUES (old.key, random());
            END
            """,
            """
            CREATE TRIGGER passage_embedded AFTER INSERT ON passage_vector BEGIN
                INSERT INTO passage_change (passage, mark) VALUES (new.passage, random());
            END
            """,
            """
            CREATE TRIGGER passage_embedded_again AFTER UPDATE ON passage_vector BEGIN
                INSERT INTO passage_change (passage, mark) VALUES (new.passage, random());
            END
            """,
        ]
    )

    /// Vectors of several models side by side, one of which is the live one; vectors of the others change no index.
    ///
    /// The live model of an older database is the one that made most of its vectors.
    private static let models = Migration(
        owner: "retrieval",
        number: 3,
        name: "vectors of several models",
        statements: [
            """
            CREATE TABLE embedding_model (
                id TEXT PRIMARY KEY,
                name TEXT NOT NULL,
                dimensions INTEGER NOT NULL,
                fingerprint BLOB NOT NULL,
                is_live INTEGER NOT NULL DEFAULT 0
            ) STRICT
            """,
            "CREATE UNIQUE INDEX embedding_model_live ON embedding_model (is_live) WHERE is_live = 1",
            """
            INSERT INTO embedding_model (id, name, dimensions, fingerprint)
            SELECT model, model, MAX(LENGTH(vector)) / 4, x'' FROM passage_vector GROUP BY model
            """,
            """
            UPDATE embedding_model SET is_live = 1 WHERE id = (
                SELECT model FROM passage_vector GROUP BY model ORDER BY COUNT(*) DESC, model LIMIT 1)
            """,
            """
            CREATE TABLE model_vector (
                key INTEGER PRIMARY KEY AUTOINCREMENT,
                passage INTEGER NOT NULL REFERENCES passage (key) ON DELETE CASCADE,
                model TEXT NOT NULL,
                vector BLOB NOT NULL,
                UNIQUE (passage, model)
            ) STRICT
            """,
            "INSERT INTO model_vector (passage, model, vector) SELECT passage, model, vector FROM passage_vector",
            "DROP TABLE passage_vector",
            "ALTER TABLE model_vector RENAME TO passage_vector",
            """
            CREATE TRIGGER passage_embedded AFTER INSERT ON passage_vector
            WHEN new.model = (SELECT id FROM embedding_model WHERE is_live = 1) BEGIN
                INSERT INTO passage_change (passage, mark) VALUES (new.passage, random());
            END
            """,
            """
            CREATE TRIGGER passage_embedded_again AFTER UPDATE ON passage_vector
            WHEN new.model = (SELECT id FROM embedding_model WHERE is_live = 1) BEGIN
                INSERT INTO passage_change (passage, mark) VALUES (new.passage, random());
            END
            """,
        ]
    )
}
