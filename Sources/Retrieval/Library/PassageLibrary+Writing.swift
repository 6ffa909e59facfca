package import ContextCore
import Embeddings
import SQL

/// What became of the passages of one call.
package struct WriteReceipt: Encodable, Sendable {
    /// Of the passages that are in the collection now, in the order of the call.
    package var ids: [String] = []
    package var created = 0
    package var updated = 0
    package var unchanged = 0

    /// What capacity pushed out.
    package var evicted = 0

    /// One for each passage that was refused; the others were kept.
    package var errors: [Refusal] = []

    package struct Refusal: Encodable, Sendable {
        package let index: Int
        package let id: String?
        package let message: String
        package let param: String?
    }

    package init() {}

    mutating func count(_ outcome: PassageStore.Outcome) {
        switch outcome {
        case .created: created += 1
        case .updated: updated += 1
        case .unchanged: unchanged += 1
        }
    }
}

extension PassageLibrary {
    /// Keeps passages: durable, and found by the very next search, when this returns.
    ///
    /// A bad one is refused alone. Those that are new or changed are embedded first, so nothing waits in a transaction
    /// for the model; if another call changes the same passage meanwhile, the later commit wins as a whole.
    package func write(
        _ drafts: [PassageDraft],
        to collection: PassageCollection,
        at now: Timestamp
    ) async throws -> WriteReceipt {
        guard drafts.count <= limits.batch else {
            throw ContextError(
                .payloadTooLarge,
                "\(drafts.count) passages in one call (max: \(limits.batch)). Send them in several calls.",
                parameter: "passages"
            )
        }
        var receipt = WriteReceipt()
        let prepared = try await embed(prepare(drafts, for: collection, &receipt), for: collection)
        let written = try await database.transaction { [receipt] connection in
            var receipt = receipt
            for passage in prepared {
                let outcome = try await PassageStore.upsert(passage, into: collection, at: now.milliseconds, on: connection)
                receipt.count(outcome)
                receipt.ids.append(passage.id)
            }
            receipt.evicted = try await PassageStore.evict(from: collection, on: connection)
            if receipt.evicted > 0 {
                let kept = try await PassageStore.contentHashes(of: receipt.ids, in: collection, on: connection)
                receipt.ids.removeAll { kept[$0] == nil }
            }
            return receipt
        }
        try await index.catchUp()
        return written
    }

    private func prepare(
        _ drafts: [PassageDraft],
        for collection: PassageCollection,
        _ receipt: inout WriteReceipt
    ) -> [PassageStore.Prepared] {
        var prepared: [PassageStore.Prepared] = []
        for (index, draft) in drafts.enumerated() {
            do {
                prepared.append(prepare(try draft.validated(as: collection.kind, limits: limits)))
            } catch {
                receipt.errors.append(
                    .init(index: index, id: draft.id, message: error.message, param: error.parameter)
                )
            }
        }
        return prepared
    }

    func prepare(_ draft: PassageDraft) -> PassageStore.Prepared {
        PassageStore.Prepared(
            id: draft.id ?? Identifier.random("p_"),
            draft: draft,
            contentHash: ContentHash.of(draft.fields, draft.metadata),
            vector: nil
        )
    }

    /// Gives those that are new or changed their vectors; without an embedder they stay on keywords alone.
    func embed(
        _ passages: [PassageStore.Prepared],
        for collection: PassageCollection
    ) async throws -> [PassageStore.Prepared] {
        guard let embedder else { return passages }
        let known = try await database.read { connection in
            try await PassageStore.contentHashes(of: passages.map(\.id), in: collection, on: connection)
        }
        var passages = passages
        let changed = passages.indices.filter { known[passages[$0].id] != passages[$0].contentHash }
        let texts = changed.map { collection.kind.text(of: passages[$0].draft.fields) }
        for (place, vector) in zip(changed, try await embedder.passageVectors(for: texts)) {
            passages[place].vector = vector.map { PassageStore.EmbeddedVector(model: embedder.model, values: $0) }
        }
        return passages
    }

    /// - Throws: ``ContextError`` (not found) when the collection has no such passage.
    package func deletePassage(_ id: String, from collection: PassageCollection) async throws {
        let isDeleted = try await database.transaction {
            try await PassageStore.delete(id: id, from: collection, on: $0)
        }
        guard isDeleted else { throw ContextError.unknown("passage", id) }
        try await index.catchUp()
    }
}
