import ContextCore
import SQL

/// RAG sessions as the database keeps them; callers decide which steps share a transaction.
enum RAGSessionStore {
    static func add(_ session: RAGSession, on connection: DatabaseConnection) async throws {
        try await connection.execute(
            """
            INSERT INTO rag_session (id, conversation, subject, host, caller, token, collections, created_at, last_used,
                token_expires_at, prompts)
            VALUES (\(session.id), \(session.conversation), \(session.subject), \(session.host), \(session.caller),
                \(session.token), \(try StoredJSON.encode(session.collections)), \(session.createdAt.milliseconds),
                \(session.lastUsed.milliseconds), \(session.tokenExpiresAt.milliseconds), \(session.prompts))
            """
        )
    }

    static func session(_ id: String, on connection: DatabaseConnection) async throws -> RAGSession? {
        try await sessions(where: "id = \(id)", on: connection).first
    }

    /// Those that a token has opened.
    static func sessions(
        of token: String,
        _ subject: String,
        on connection: DatabaseConnection
    ) async throws -> [RAGSession] {
        try await sessions(where: "subject = \(subject) AND token = \(token)", on: connection)
    }

    /// Those that nobody has used since `moment`, or whose token has expired.
    static func expired(
        unusedSince moment: Timestamp,
        at now: Timestamp,
        on connection: DatabaseConnection
    ) async throws -> [RAGSession] {
        try await sessions(
            where: "last_used <= \(moment.milliseconds) OR token_expires_at <= \(now.milliseconds)",
            on: connection
        )
    }

    /// Notes a use; a session that has ended in the meantime stays so.
    ///
    /// - Parameter prompts: how many were put with it.
    /// - Returns: whether it is still there.
    @discardableResult
    static func touch(
        _ id: String,
        prompts: Int,
        at now: Timestamp,
        on connection: DatabaseConnection
    ) async throws -> Bool {
        try await connection.execute(
            """
            UPDATE rag_session SET last_used = MAX(last_used, \(now.milliseconds)), prompts = prompts + \(prompts)
            WHERE id = \(id)
            """
        ) > 0
    }

    /// - Returns: whether it was there.
    @discardableResult
    static func delete(_ id: String, on connection: DatabaseConnection) async throws -> Bool {
        try await connection.execute("DELETE FROM rag_session WHERE id = \(id)") > 0
    }

    static func count(on connection: DatabaseConnection) async throws -> Int {
        try await connection.query("SELECT COUNT(*) FROM rag_session").first?.decode(Int.self) ?? 0
    }

    private static func sessions(where condition: SQL, on connection: DatabaseConnection) async throws -> [RAGSession] {
        try await connection.query(
            """
            SELECT id, conversation, subject, host, caller, token, collections, created_at, last_used, token_expires_at,
                prompts FROM rag_session WHERE \(condition)
            """
        ).map(session)
    }

    private static func session(_ row: Row) throws -> RAGSession {
        let (id, conversation, subject, host, caller, token, collections, created, used, end, prompts) =
            try row.decode(
                String.self,
                String.self,
                String.self,
                String.self,
                String.self,
                String.self,
                String.self,
                Int64.self,
                Int64.self,
                Int64.self,
                Int.self
            )
        var session = RAGSession(
            id: id,
            conversation: conversation,
            subject: subject,
            host: host,
            caller: caller,
            token: token,
            collections: try StoredJSON.decode([String].self, from: collections),
            createdAt: Timestamp(milliseconds: created),
            lastUsed: Timestamp(milliseconds: used),
            tokenExpiresAt: Timestamp(milliseconds: end)
        )
        session.prompts = prompts
        return session
    }
}
