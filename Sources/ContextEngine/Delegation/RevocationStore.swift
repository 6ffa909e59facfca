import ContextCore
import SQL

/// Revoked tokens as the database keeps them, until they would have expired anyway.
///
/// An id is unique among a user's tokens, so nobody revokes another's by naming theirs.
enum RevocationStore {
    static func revoke(
        _ id: String,
        of subject: String,
        until end: Timestamp,
        at now: Timestamp,
        on connection: DatabaseConnection
    ) async throws {
        try await connection.execute(
            """
            INSERT INTO revoked_token (subject, id, revoked_at, kept_until)
            VALUES (\(subject), \(id), \(now.milliseconds), \(end.milliseconds))
            ON CONFLICT (subject, id) DO UPDATE SET kept_until = MAX(kept_until, excluded.kept_until)
            """
        )
    }

    static func isRevoked(_ id: String, of subject: String, on connection: DatabaseConnection) async throws -> Bool {
        try await connection.query(
            "SELECT 1 FROM revoked_token WHERE subject = \(subject) AND id = \(id)"
        ).isEmpty == false
    }

    @discardableResult
    static func sweep(at now: Timestamp, on connection: DatabaseConnection) async throws -> Int {
        try await connection.execute("DELETE FROM revoked_token WHERE kept_until <= \(now.milliseconds)")
    }
}
