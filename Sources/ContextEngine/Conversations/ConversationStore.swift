package import ContextCore
import LanguageModels
package import SQL

/// Conversations as the database keeps them; callers decide which steps share a transaction.
package enum ConversationStore {
    package static func save(_ conversation: Conversation, on connection: DatabaseConnection) async throws {
        try await connection.execute(
            """
            INSERT INTO conversation
                (id, scope, subject, title, system_prompt, collections, created_at, updated_at, messages, covered)
            VALUES (\(conversation.id), \(conversation.scope.path), \(conversation.subject), \(conversation.title),
                \(conversation.systemPrompt), \(try conversation.collections.map(StoredJSON.encode)),
                \(conversation.createdAt.milliseconds), \(conversation.updatedAt.milliseconds),
                \(conversation.messageCount), \(conversation.summary?.coversThrough ?? 0))
            """
        )
    }

    package static func conversation(_ id: String, on connection: DatabaseConnection) async throws -> Conversation? {
        guard let row = try await connection.query("SELECT \(columns) FROM conversation WHERE id = \(id)").first else {
            return nil
        }
        var conversation = try conversation(row)
        conversation.summary = try await summary(of: id, on: connection)
        return conversation
    }

    /// The principal's own, last used first, without their summaries.
    package static func conversations(
        of principal: Principal,
        before: (updated: Int64, id: String)?,
        limit: Int,
        on connection: DatabaseConnection
    ) async throws -> [Conversation] {
        let place: SQL =
            if let before {
                "AND (updated_at, id) < (\(before.updated), \(before.id))"
            } else {
                ""
            }
        return try await connection.query(
            """
            SELECT \(columns) FROM conversation WHERE subject = \(principal.subject) \(place)
            ORDER BY updated_at DESC, id DESC LIMIT \(limit)
            """
        ).map(conversation).filter { principal.canRead($0.scope, ofConversation: $0.id) }
    }

    private static var columns: SQL {
        "id, scope, subject, title, system_prompt, collections, created_at, updated_at, messages"
    }

    private static func conversation(_ row: Row) throws -> Conversation {
        let (id, scope, subject, title, prompt, collections, created, updated, messages) = try row.decode(
            String.self,
            String.self,
            String.self,
            String?.self,
            String?.self,
            String?.self,
            Int64.self,
            Int64.self,
            Int.self
        )
        var conversation = Conversation(
            id: id,
            scope: try StoredJSON.required(Scope(path: scope), "scope", scope),
            subject: subject,
            createdAt: Timestamp(milliseconds: created),
            updatedAt: Timestamp(milliseconds: updated)
        )
        conversation.title = title
        conversation.systemPrompt = prompt
        conversation.collections = try collections.map { try StoredJSON.decode([String].self, from: $0) }
        conversation.messageCount = messages
        return conversation
    }

    package static func delete(_ id: String, on connection: DatabaseConnection) async throws {
        try await connection.execute("DELETE FROM conversation WHERE id = \(id)")
    }
}

extension ConversationStore {
    /// A page of messages after number `after`, oldest first.
    package static func messages(
        of id: String,
        after: Int = 0,
        limit: Int = .max,
        on connection: DatabaseConnection
    ) async throws -> [ConversationMessage] {
        try await connection.query(
            """
            SELECT id, number, role, text, created_at, state, model, manifest, usage, finish_reason FROM message
            WHERE conversation = \(id) AND number > \(after) ORDER BY number LIMIT \(limit)
            """
        ).map(message)
    }

    /// The message that came with this key, and the answer to it.
    package static func turn(
        of id: String,
        key: String,
        on connection: DatabaseConnection
    ) async throws -> (question: ConversationMessage, answer: ConversationMessage?)? {
        guard
            let row = try await connection.query(
                "SELECT number FROM message WHERE conversation = \(id) AND idempotency_key = \(key)"
            ).first
        else { return nil }
        let number = try row.decode(Int.self)
        let pair = try await messages(of: id, after: number - 1, limit: 2, on: connection)
        guard let question = pair.first else { return nil }
        return (question, pair.dropFirst().first { $0.role == .assistant })
    }

    private static func message(_ row: Row) throws -> ConversationMessage {
        let (id, number, role, text, created, state, model, manifest, usage, finish) = try row.decode(
            String.self,
            Int.self,
            String.self,
            String.self,
            Int64.self,
            String.self,
            String?.self,
            String?.self,
            String?.self,
            String?.self
        )
        return ConversationMessage(
            id: id,
            number: number,
            role: try StoredJSON.required(Message.Role(rawValue: role), "role", role),
            text: text,
            createdAt: Timestamp(milliseconds: created),
            state: try StoredJSON.required(ConversationMessage.State(rawValue: state), "state", state),
            model: model,
            manifestID: manifest,
            usage: try usage.map { try StoredJSON.decode(TokenUsage.self, from: $0) },
            finishReason: finish
        )
    }

    /// Writes the message, or anew what was there under its number, unless that is a complete answer of another attempt.
    ///
    /// - Parameter reserved: places behind the message that nobody else may take.
    /// - Returns: whether it was written.
    @discardableResult
    package static func save(
        _ message: ConversationMessage,
        in id: String,
        key: String? = nil,
        reserving reserved: Int = 0,
        on connection: DatabaseConnection
    ) async throws -> Bool {
        let written = try await connection.execute(
            """
            INSERT INTO message (conversation, number, id, role, text, created_at, state, model, manifest, usage,
                finish_reason, idempotency_key)
            VALUES (\(id), \(message.number), \(message.id), \(message.role.rawValue), \(message.text),
                \(message.createdAt.milliseconds), \(message.state.rawValue), \(message.model), \(message.manifestID),
                \(try message.usage.map(StoredJSON.encode)), \(message.finishReason), \(key))
            ON CONFLICT (conversation, number) DO UPDATE SET id = excluded.id, text = excluded.text,
                created_at = excluded.created_at, state = excluded.state, model = excluded.model,
                manifest = excluded.manifest, usage = excluded.usage, finish_reason = excluded.finish_reason
                WHERE id = excluded.id OR role <> 'assistant' OR state <> 'complete'
            """
        )
        guard written > 0 else { return false }
        try await connection.execute(
            """
            UPDATE conversation SET updated_at = \(message.createdAt.milliseconds),
                messages = MAX(messages, \(message.number + reserved)) WHERE id = \(id)
            """
        )
        return true
    }
}

extension ConversationStore {
    static func summary(
        of id: String,
        on connection: DatabaseConnection,
        number: Int? = nil
    ) async throws -> Conversation.Summary? {
        let which: SQL = if let number { "AND number = \(number)" } else { "" }
        return try await connection.query(
            """
            SELECT number, text, covers_through, method FROM conversation_summary
            WHERE conversation = \(id) \(which) ORDER BY number DESC LIMIT 1
            """
        ).first.map { row in
            let (number, text, covers, method) = try row.decode(Int.self, String.self, Int.self, String.self)
            return Conversation.Summary(number: number, text: text, coversThrough: covers, method: method)
        }
    }

    static func save(
        _ summary: Conversation.Summary,
        of id: String,
        model: String?,
        at now: Timestamp,
        on connection: DatabaseConnection
    ) async throws {
        try await connection.execute(
            """
            INSERT INTO conversation_summary (conversation, number, covers_through, text, method, model, created_at)
            VALUES (\(id), \(summary.number), \(summary.coversThrough), \(summary.text), \(summary.method), \(model),
                \(now.milliseconds))
            """
        )
        try await connection.execute("UPDATE conversation SET covered = \(summary.coversThrough) WHERE id = \(id)")
    }

    /// The conversation whose summary is most overdue, if any has `count` messages beyond its summary.
    static func overdue(_ count: Int, on connection: DatabaseConnection) async throws -> String? {
        try await connection.query(
            "SELECT id FROM conversation WHERE messages - covered >= \(count) ORDER BY messages - covered DESC LIMIT 1"
        ).first?.decode(String.self)
    }
}
