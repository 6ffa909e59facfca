package import ContextCore
import KeywordSearch
package import SQL

/// Sessions as the database keeps them. Callers decide which of the steps share a transaction.
package enum SessionStore {
    package static func session(_ id: String, on connection: DatabaseConnection) async throws -> ContextSession? {
        guard
            let row = try await connection.query(
                """
                SELECT scope, subject, created_at, last_accessed, items_sent, tokens_sent, metadata
                FROM session WHERE id = \(id)
                """
            ).first
        else { return nil }
        let (scope, subject, created, accessed, items, tokens, metadata) = try row.decode(
            String.self,
            String.self,
            Int64.self,
            Int64.self,
            Int.self,
            Int.self,
            String.self
        )
        var session = ContextSession(
            id: id,
            scope: try StoredJSON.required(Scope(path: scope), "scope", scope),
            subject: subject,
            createdAt: Timestamp(milliseconds: created),
            lastAccessed: Timestamp(milliseconds: accessed)
        )
        session.itemsSent = items
        session.tokensSent = tokens
        session.metadata = try StoredJSON.decode(JSONValue.self, from: metadata)
        session.turns = try await turns(of: id, on: connection)
        session.delivered = DeliveryRecord(try await deliveries(to: id, on: connection))
        return session
    }

    private static func turns(of id: String, on connection: DatabaseConnection) async throws -> [ContextSession.Turn] {
        try await connection.query("SELECT turn, query, tokens, manifest FROM session_turn WHERE session = \(id) ORDER BY turn").map {
            let (number, query, tokens, manifest) = try $0.decode(Int.self, String.self, Int.self, String.self)
            return ContextSession.Turn(number: number, query: query, tokens: tokens, manifestID: manifest)
        }
    }

    private static func deliveries(
        to id: String,
        on connection: DatabaseConnection
    ) async throws -> [DeliveryRecord.Entry] {
        try await connection.query(
            "SELECT passage, form, signature FROM delivery WHERE session = \(id) ORDER BY turn"
        ).map { row in
            let (passage, form, signature) = try row.decode(Int64.self, String.self, [UInt8].self)
            return DeliveryRecord.Entry(
                passage: passage,
                form: try StoredJSON.required(PassageForm(rawValue: form), "form", form),
                signature: try StoredJSON.required(MinHashSignature(bytes: signature), "signature", id)
            )
        }
    }

    /// Writes the session's own row; its turns and deliveries are appended by ``append(_:to:on:)``.
    package static func save(_ session: ContextSession, on connection: DatabaseConnection) async throws {
        try await connection.execute(
            """
            INSERT INTO session (id, scope, subject, created_at, last_accessed, items_sent, tokens_sent, metadata)
            VALUES (\(session.id), \(session.scope.path), \(session.subject), \(session.createdAt.milliseconds),
                \(session.lastAccessed.milliseconds), \(session.itemsSent), \(session.tokensSent),
                \(session.metadata.description))
            ON CONFLICT (id) DO UPDATE SET last_accessed = excluded.last_accessed, items_sent = excluded.items_sent,
                tokens_sent = excluded.tokens_sent, metadata = excluded.metadata
            """
        )
    }

    /// Notes that the session was used, and changes nothing else: a turn may be under way.
    package static func touch(_ id: String, at now: Timestamp, on connection: DatabaseConnection) async throws {
        try await connection.execute(
            "UPDATE session SET last_accessed = \(now.milliseconds) WHERE id = \(id) AND last_accessed < \(now.milliseconds)"
        )
    }

    package struct Delivery: Sendable {
        package let turn: ContextSession.Turn
        package let entries: [DeliveryRecord.Entry]
    }

    package static func append(
        _ delivery: Delivery,
        to session: ContextSession,
        on connection: DatabaseConnection
    ) async throws {
        try await connection.execute(
            """
            INSERT INTO session_turn (session, turn, at, query, tokens, manifest)
            VALUES (\(session.id), \(delivery.turn.number), \(session.lastAccessed.milliseconds),
                \(delivery.turn.query), \(delivery.turn.tokens), \(delivery.turn.manifestID))
            """
        )
        for entry in delivery.entries {
            try await connection.execute(
                """
                INSERT INTO delivery (session, passage, form, signature, turn)
                VALUES (\(session.id), \(entry.passage), \(entry.form.rawValue), \(entry.signature.bytes),
                    \(delivery.turn.number))
                ON CONFLICT DO NOTHING
                """
            )
        }
    }

    package static func delete(_ id: String, on connection: DatabaseConnection) async throws {
        try await connection.execute("DELETE FROM session WHERE id = \(id)")
    }

    /// Deletes what nobody used since `moment`; answers how many.
    package static func sweep(before moment: Timestamp, on connection: DatabaseConnection) async throws -> Int {
        try await connection.execute("DELETE FROM session WHERE last_accessed <= \(moment.milliseconds)")
    }
}
