package import ContextCore
package import SQL

extension PassageStore {
    /// A draft that was validated, has its id, its hash and, where there is an embedder, its vector.
    package struct Prepared: Sendable {
        package let id: String
        package var draft: PassageDraft
        package let contentHash: [UInt8]
        package var vector: EmbeddedVector?

        /// Whether the embedder failed: the passage is kept, and gets its vector later.
        package var waitsForVector = false

        /// Whether ``vector`` is all that there is to say; otherwise the passage was taken for unchanged and not embedded.
        package var isSettled = true
    }

    /// A passage that was taken for unchanged has to be written after all: nothing is, until it has been embedded.
    struct LacksVector: Error {}

    /// The vectors are of a model that searches no longer go by: nothing is written, until they are made by the live one.
    struct OutdatedVectors: Error {}

    /// A vector with the model that made it: vectors of two models never meet in one index.
    ///
    /// Without a number it says that the model was asked and has none: the text is blank, or its provider refuses it.
    package struct EmbeddedVector: Sendable {
        package let model: String
        package let values: [Float]

        package init(model: String, values: [Float]) {
            self.model = model
            self.values = values
        }
    }

    package enum Outcome: Sendable { case created, updated, unchanged }

    /// The hashes of what the collection holds under `ids`.
    package static func contentHashes(
        of ids: [String],
        in collection: PassageCollection,
        on connection: DatabaseConnection
    ) async throws -> [String: [UInt8]] {
        let rows = try await connection.query(
            "SELECT id, content_hash FROM passage WHERE collection = \(collection.key) AND id IN (\(list: ids))"
        )
        return Dictionary(try rows.map { try $0.decode(String.self, [UInt8].self) }) { $1 }
    }

    /// Keeps one passage; one whose content is the same is left alone, so that writing again costs nothing.
    ///
    /// - Throws: ``LacksVector``.
    package static func upsert(
        _ passage: Prepared,
        into collection: PassageCollection,
        at now: Int64,
        on connection: DatabaseConnection
    ) async throws -> Outcome {
        let existing = try await connection.query(
            "SELECT key, content_hash FROM passage WHERE collection = \(collection.key) AND id = \(passage.id)"
        ).first
        guard let existing else {
            guard passage.isSettled else { throw LacksVector() }
            try await insert(passage, into: collection, at: now, on: connection)
            return .created
        }
        let (key, hash) = try existing.decode(Int64.self, [UInt8].self)
        guard hash != passage.contentHash else {
            try await move(key, to: passage.draft.chunk, on: connection)
            if case .timeToLive = collection.retention { try await renew(key, at: now, on: connection) }
            return .unchanged
        }
        guard passage.isSettled else { throw LacksVector() }
        try await connection.execute(
            """
            UPDATE passage SET fields = \(try StoredJSON.encode(passage.draft.fields)),
                metadata = \(passage.draft.metadata.description), content_hash = \(passage.contentHash),
                document = \(passage.draft.chunk?.document), ordinal = \(passage.draft.chunk?.ordinal), updated_at = \(now)
            WHERE key = \(key)
            """
        )
        try await connection.execute("DELETE FROM passage_vector WHERE passage = \(key)")
        try await store(passage.vector, for: key, on: connection)
        return .updated
    }

    /// The same text may have another place in its document than before.
    private static func move(
        _ key: Int64,
        to chunk: Passage.Chunk?,
        on connection: DatabaseConnection
    ) async throws {
        guard let chunk else { return }
        try await connection.execute(
            """
            UPDATE passage SET document = \(chunk.document), ordinal = \(chunk.ordinal)
            WHERE key = \(key) AND (document IS NOT \(chunk.document) OR ordinal IS NOT \(chunk.ordinal))
            """
        )
    }

    /// Writing the same again says that it still holds: its time begins anew.
    private static func renew(_ key: Int64, at now: Int64, on connection: DatabaseConnection) async throws {
        try await connection.execute(
            "UPDATE passage SET updated_at = \(now) WHERE key = \(key) AND updated_at < \(now)"
        )
    }

    private static func insert(
        _ passage: Prepared,
        into collection: PassageCollection,
        at now: Int64,
        on connection: DatabaseConnection
    ) async throws {
        let rows = try await connection.query(
            """
            INSERT INTO passage
                (id, collection, document, ordinal, scope, fields, metadata, content_hash, created_at, updated_at)
            VALUES (\(passage.id), \(collection.key), \(passage.draft.chunk?.document), \(passage.draft.chunk?.ordinal),
                \(collection.scope.path), \(try StoredJSON.encode(passage.draft.fields)),
                \(passage.draft.metadata.description), \(passage.contentHash), \(now), \(now))
            RETURNING key
            """
        )
        guard let key = try rows.first?.decode(Int64.self) else { return }
        try await store(passage.vector, for: key, on: connection)
    }

    package static func store(
        _ vector: EmbeddedVector?,
        for key: Int64,
        on connection: DatabaseConnection
    ) async throws {
        guard let vector else { return }
        try await connection.execute(
            """
            INSERT INTO passage_vector (passage, model, vector)
            VALUES (\(key), \(vector.model), \(VectorBytes.encode(vector.values)))
            ON CONFLICT (passage, model) DO UPDATE SET vector = excluded.vector
            """
        )
    }

    /// Deletes the oldest beyond the collection's capacity; answers how many went.
    package static func evict(from collection: PassageCollection, on connection: DatabaseConnection) async throws -> Int
    {
        guard case .capacity(let capacity) = collection.retention else { return 0 }
        return try await connection.execute(
            """
            DELETE FROM passage WHERE key IN (
                SELECT key FROM passage WHERE collection = \(collection.key)
                ORDER BY updated_at DESC, key DESC LIMIT -1 OFFSET \(capacity))
            """
        )
    }
}

extension PassageStore {
    /// Deletes the passages that have outlived their collection's time to live, and the documents of which nothing is left,
    /// so that they are read again when they come again; answers how many passages went.
    package static func sweepExpired(at now: Timestamp, on connection: DatabaseConnection) async throws -> Int {
        let rows = try await connection.query("SELECT key, retention FROM collection").map {
            try $0.decode(Int64.self, String.self)
        }
        var swept = 0
        for (key, text) in rows {
            guard case .timeToLive(let seconds) = try StoredJSON.decode(Retention.self, from: text) else { continue }
            let moment = now.adding(seconds: -seconds).milliseconds
            swept += try await connection.execute(
                "DELETE FROM passage WHERE collection = \(key) AND updated_at <= \(moment)"
            )
            try await connection.execute(
                """
                DELETE FROM document WHERE collection = \(key) AND updated_at <= \(moment)
                    AND status IN (\(list: [StoredDocument.Status.ready, .duplicate].map(\.rawValue)))
                    AND NOT EXISTS (SELECT 1 FROM passage WHERE passage.document = document.key)
                """
            )
            try await DocumentStore.wakeDuplicates(in: key, on: connection)
        }
        return swept
    }
}

/// Vectors in a column: 32-bit floats, little endian, no header.
enum VectorBytes {
    static func encode(_ values: [Float]) -> [UInt8] {
        values.withUnsafeBytes { Array($0) }
    }

    /// `nil` where the length is no multiple of four.
    static func decode(_ bytes: [UInt8]) -> [Float]? {
        guard bytes.count.isMultiple(of: 4) else { return nil }
        return [Float](unsafeUninitializedCapacity: bytes.count / 4) { target, count in
            bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(target).copyMemory(from: $0) }
            count = bytes.count / 4
        }
    }
}
