package import ContextCore
import Documents
import Runtime
import SQL

/// What indexing one document came to.
package enum IngestOutcome: Sendable {
    case indexed(id: String, passages: Int, warnings: [String])

    /// The same bytes from the same source are indexed already.
    case unchanged(id: String)

    /// The same bytes are indexed already from another source; they are not stored twice.
    case duplicate(of: String)
}

extension PassageLibrary {
    /// Reads a document and puts its passages in place of those that it had before, all at once.
    ///
    /// - Throws: ``DocumentError`` when it can't be read; what was indexed from that source before stays.
    package func ingest(
        _ draft: DocumentDraft,
        _ input: DocumentReader.Input,
        into collection: PassageCollection,
        at now: Timestamp
    ) async throws -> IngestOutcome {
        let known = try await database.read { connection in
            let same = try await DocumentStore.document(from: draft.source, in: collection, on: connection)
            let twin = try await DocumentStore.twin(of: draft.contentHash, in: collection, on: connection)
            return (same: same, twin: twin)
        }
        if let same = known.same, same.status == .ready, same.contentHash == draft.contentHash {
            try await database.transaction {
                try await DocumentStore.touch(same.key, modifiedAt: draft.modifiedAt, on: $0)
            }
            return .unchanged(id: same.id)
        }
        if let twin = known.twin, twin.source != draft.source, twin.status == .ready { return .duplicate(of: twin.id) }
        let reading = try await reader.read(input, as: collection.kind)
        let id = try await replace(draft, by: reading, in: collection, at: now, unlessOutdated: false)
        return .indexed(id: id, passages: reading.drafts.count, warnings: reading.warnings)
    }

    /// Reads what was submitted; its document exists already, so it is nobody's duplicate.
    ///
    /// - Throws: ``DocumentError`` when it can't be read.
    func ingestSubmitted(
        _ draft: DocumentDraft,
        _ input: DocumentReader.Input,
        into collection: PassageCollection,
        at now: Timestamp
    ) async throws {
        let reading = try await reader.read(input, as: collection.kind)
        _ = try await replace(draft, by: reading, in: collection, at: now, unlessOutdated: true)
    }

    /// Whether the document was deleted or submitted anew since `draft` was taken from it.
    static func isOutdated(
        _ draft: DocumentDraft,
        in collection: PassageCollection,
        on connection: DatabaseConnection
    ) async throws -> Bool {
        let current = try await DocumentStore.document(from: draft.source, in: collection, on: connection)
        return current?.contentHash != draft.contentHash
    }

    private func replace(
        _ draft: DocumentDraft,
        by reading: DocumentReader.Reading,
        in collection: PassageCollection,
        at now: Timestamp,
        unlessOutdated: Bool
    ) async throws -> String {
        let prepared = try await embed(Self.named(reading.drafts, after: draft.source).map(prepare), for: collection)
        var outcome = DocumentStore.Outcome(.ready)
        outcome.title = reading.title
        outcome.warnings = reading.warnings
        outcome.passages = prepared.count
        let id = try await database.transaction { [outcome] connection in
            if unlessOutdated, try await Self.isOutdated(draft, in: collection, on: connection) { return "" }
            let (key, id) = try await DocumentStore.save(
                draft,
                outcome,
                in: collection,
                at: now.milliseconds,
                on: connection
            )
            try await PassageStore.deleteChunks(of: key, except: prepared.map(\.id), on: connection)
            for (ordinal, passage) in prepared.enumerated() {
                let placed = passage.placed(Passage.Chunk(document: key, ordinal: ordinal))
                _ = try await PassageStore.upsert(placed, into: collection, at: now.milliseconds, on: connection)
            }
            _ = try await PassageStore.evict(from: collection, on: connection)
            try await UploadStore.delete(key, on: connection)
            return id
        }
        try await index.catchUp()
        return id
    }

    /// Ids that follow from source and content, so that the unchanged chunks of a changed document stay what they are:
    /// their vectors, and what sessions were sent of them. A text that stands twice is numbered.
    private static func named(_ drafts: [PassageDraft], after source: String) -> [PassageDraft] {
        var seen: [String: Int] = [:]
        return drafts.map { draft in
            let content = JSONValue.object(draft.fields.mapValues { .string($0) }).description
            let digest = String(SHA256.hexadecimal(of: source + "\n" + content).prefix(24))
            seen[digest, default: 0] += 1
            var named = draft
            named.id = "c_" + digest + (seen[digest] == 1 ? "" : "_\(seen[digest, default: 0])")
            return named
        }
    }
}

extension PassageLibrary {
    /// Accepts a document; it is durable when this returns, and read soon after.
    package func submit(
        _ draft: DocumentDraft,
        _ input: DocumentReader.Input,
        into collection: PassageCollection,
        at now: Timestamp
    ) async throws -> StoredDocument {
        let id = try await database.transaction { connection in
            if let twin = try await DocumentStore.twin(of: draft.contentHash, in: collection, on: connection) {
                return twin.id
            }
            let outcome = DocumentStore.Outcome(.queued)
            let (key, id) = try await DocumentStore.save(
                draft,
                outcome,
                in: collection,
                at: now.milliseconds,
                on: connection
            )
            let upload = UploadStore.Upload(
                document: key,
                name: input.name,
                contentType: input.contentType,
                body: input.bytes
            )
            try await UploadStore.save(upload, on: connection)
            return id
        }
        uploads.ring()
        return try await document(id, for: nil)
    }

    /// - Parameter principal: `nil` for the server itself.
    /// - Throws: ``ContextError`` (not found), also for documents outside the principal's scopes.
    package func document(_ id: String, for principal: Principal?) async throws -> StoredDocument {
        let found = try await database.read { try await DocumentStore.document(id: id, on: $0) }
        guard let found, principal?.canRead(found.scope) ?? true else { throw ContextError.unknown("document", id) }
        return found
    }

    /// Deletes a document with its passages; answers how many went.
    package func deleteDocument(_ id: String, for principal: Principal) async throws -> Int {
        let document = try await document(id, for: principal)
        let passages = try await database.transaction { try await DocumentStore.delete(document.key, on: $0) }
        try await index.catchUp()
        return passages
    }
}

extension PassageStore.Prepared {
    func placed(_ chunk: Passage.Chunk) -> Self {
        var draft = draft
        draft.chunk = chunk
        return PassageStore.Prepared(id: id, draft: draft, contentHash: contentHash, vector: vector)
    }
}
