package import ContextCore
import Embeddings
import Runtime
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

    /// `embeddings` when the embedder failed: the passages are found by their words until it answers again.
    package var degraded: [String]?

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
        let prepared = prepare(drafts, for: collection, &receipt)
        let written = try await writing(prepared, to: collection) { [receipt] prepared, connection in
            var receipt = receipt
            for passage in prepared {
                let outcome = try await PassageStore.upsert(
                    passage,
                    into: collection,
                    at: now.milliseconds,
                    on: connection
                )
                receipt.count(outcome)
                receipt.ids.append(passage.id)
            }
            if prepared.contains(where: \.waitsForVector) { receipt.degraded = ["embeddings"] }
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

    /// Embeds passages, and runs `body` with them in a transaction.
    ///
    /// Those that the collection holds already are not embedded. Should one have to be written all the same, because the call
    /// has its id twice or another call was faster, nothing is kept, all are embedded, and `body` runs again. The same happens when
    /// searches go by another model by then.
    func writing<Result: Sendable>(
        _ passages: [PassageStore.Prepared],
        to collection: PassageCollection,
        _ body: ([PassageStore.Prepared], DatabaseConnection) async throws -> Result
    ) async throws -> Result {
        var known = try await knownHashes(of: passages, in: collection)
        while true {
            let embedder = embedder
            let embedded = try await embed(passages, by: embedder, for: collection, unless: known)
            do {
                let result = try await database.transaction { connection in
                    if let embedder, try await EmbeddingModelStore.liveID(on: connection) != embedder.model {
                        throw PassageStore.OutdatedVectors()
                    }
                    return try await body(embedded, connection)
                }
                if embedded.contains(where: \.waitsForVector) { vectorsWanted.ring() }
                return result
            } catch is PassageStore.LacksVector {
                known = [:]
            } catch is PassageStore.OutdatedVectors {
                try await index.catchUp()
            }
        }
    }

    private func knownHashes(
        of passages: [PassageStore.Prepared],
        in collection: PassageCollection
    ) async throws -> [String: [UInt8]] {
        guard embedder != nil else { return [:] }
        return try await database.read { connection in
            try await PassageStore.contentHashes(of: passages.map(\.id), in: collection, on: connection)
        }
    }

    /// Gives those that are new or changed their vectors; without an embedder they stay on keywords alone, and with one that
    /// fails until it answers: no write is lost because a provider is down.
    ///
    /// As many at a time as one call may bring: a document of any length neither asks the embedder for more than it takes at
    /// once nor keeps others waiting.
    private func embed(
        _ passages: [PassageStore.Prepared],
        by embedder: CachedEmbedder?,
        for collection: PassageCollection,
        unless known: [String: [UInt8]]
    ) async throws -> [PassageStore.Prepared] {
        guard let embedder else { return passages }
        var passages = passages
        for place in passages.indices {
            passages[place].isSettled = known[passages[place].id] != passages[place].contentHash
        }
        let changed = passages.indices.filter { passages[$0].isSettled }
        for start in stride(from: 0, to: changed.count, by: limits.batch) {
            try Task.checkCancellation()
            let batch = changed[start..<min(start + limits.batch, changed.count)]
            let texts = batch.map { collection.kind.text(of: passages[$0].draft.fields) }
            do {
                for (place, vector) in zip(batch, try await embedder.passageVectors(for: texts)) {
                    passages[place].vector = PassageStore.EmbeddedVector(model: embedder.model, values: vector ?? [])
                }
            } catch let error as EmbeddingError where error.canBeDoneWithout {
                for place in changed[start...] { passages[place].waitsForVector = true }
                break
            }
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
