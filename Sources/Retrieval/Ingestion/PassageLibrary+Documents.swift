package import ContextCore
import Documents
import Runtime
import SQL

/// What became of a document that was submitted.
package struct Submission: Sendable {
    package enum Outcome: String, Encodable, Sendable {
        /// A document of its own.
        case created

        /// Takes the place of what was submitted from the same source before.
        case replaced

        /// The collection holds these bytes already: from the same source, and nothing was to be done; or from another one,
        /// and the document waits as its duplicate.
        case known
    }

    package let document: StoredDocument
    package let outcome: Outcome

    /// The id of the document with the same bytes that is read.
    package var original: String?
}

/// What indexing one document came to.
package enum IngestOutcome: Sendable {
    /// - Parameter evicted: passages, its own or others', that the collection's capacity pushed out.
    case indexed(id: String, passages: Int, evicted: Int, warnings: [String])

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
                try await DocumentStore.renew([same.key], in: collection, at: now.milliseconds, on: $0)
            }
            return .unchanged(id: same.id)
        }
        if let twin = known.twin, twin.source != draft.source, twin.status == .ready { return .duplicate(of: twin.id) }
        let reading = try await reader.read(input, as: collection.kind)
        let (id, evicted) = try await replace(draft, by: reading, in: collection, at: now, unlessOutdated: false)
        return .indexed(id: id, passages: reading.drafts.count, evicted: evicted, warnings: reading.warnings)
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
        guard let current, current.status == .queued || current.status == .ready else { return true }
        return current.contentHash != draft.contentHash || current.metadata != draft.metadata
            || (current.status == .queued && current.title != draft.title)
    }

    private func replace(
        _ draft: DocumentDraft,
        by reading: DocumentReader.Reading,
        in collection: PassageCollection,
        at now: Timestamp,
        unlessOutdated: Bool
    ) async throws -> (id: String, evicted: Int) {
        let prepared = Self.named(reading.drafts, after: draft.source).map(prepare)
        var outcome = DocumentStore.Outcome(.ready)
        outcome.title = reading.title
        outcome.warnings = reading.warnings
        outcome.passages = prepared.count
        let replaced = try await writing(prepared, to: collection) { [outcome] prepared, connection in
            if unlessOutdated, try await Self.isOutdated(draft, in: collection, on: connection) { return ("", 0) }
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
            let evicted = try await PassageStore.evict(from: collection, on: connection)
            try await UploadStore.delete(key, on: connection)
            try await DocumentStore.wakeDuplicates(in: collection.key, on: connection)
            return (id, evicted)
        }
        uploads.ring()
        try await index.catchUp()
        return replaced
    }

    /// Ids that follow from source and content, so that the unchanged chunks of a changed document stay what they are:
    /// their vectors, and what sessions were sent of them.
    ///
    /// A text that stands twice is numbered.
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
    ) async throws -> Submission {
        let submission = try await database.transaction { connection in
            let former = try await DocumentStore.document(from: draft.source, in: collection, on: connection)
            if let former, former.says(the: draft) { return Submission(document: former, outcome: .known) }
            let twin = try await DocumentStore.twin(of: draft.contentHash, in: collection, on: connection)
            let original = twin.flatMap { $0.key == former?.key ? nil : $0 }
            let (key, _) = try await DocumentStore.save(
                draft,
                DocumentStore.Outcome(original == nil ? .queued : .duplicate),
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
            if original != nil { try await PassageStore.deleteChunks(of: key, except: [], on: connection) }
            if former != nil { try await DocumentStore.wakeDuplicates(in: collection.key, on: connection) }
            guard let document = try await DocumentStore.document(key: key, on: connection) else {
                throw StoredJSON.Unreadable(what: "a document that was just written")
            }
            let outcome: Submission.Outcome = original != nil ? .known : former == nil ? .created : .replaced
            return Submission(document: document, outcome: outcome, original: original?.id)
        }
        try await index.catchUp()
        uploads.ring()
        return submission
    }

    /// - Throws: ``ContextError`` (not found), also for documents outside the principal's scopes.
    package func document(_ id: String, for principal: Principal) async throws -> StoredDocument {
        let found = try await database.read { try await DocumentStore.document(id: id, on: $0) }
        guard let found, principal.canRead(found.scope) else { throw ContextError.unknown("document", id) }
        return found
    }

    /// Deletes a document with its passages; answers how many went.
    package func deleteDocument(_ id: String, for principal: Principal) async throws -> Int {
        let document = try await document(id, for: principal)
        let passages = try await database.transaction { try await DocumentStore.delete(document, on: $0) }
        uploads.ring()
        try await index.catchUp()
        return passages
    }
}

extension PassageStore.Prepared {
    func placed(_ chunk: Passage.Chunk) -> Self {
        var draft = draft
        draft.chunk = chunk
        var placed = self
        placed.draft = draft
        return placed
    }
}

extension StoredDocument {
    /// Whether submitting `draft` from the same source would change nothing.
    ///
    /// A title that is not given is read from the document, as it was before.
    fileprivate func says(the draft: DocumentDraft) -> Bool {
        status != .failed && status != .duplicate && contentHash == draft.contentHash && metadata == draft.metadata
            && (draft.title == nil || draft.title == title)
    }
}
