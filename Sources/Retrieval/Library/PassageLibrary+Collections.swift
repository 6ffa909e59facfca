package import ContextCore
import SQL
import VectorSearch

extension PassageLibrary {
    package func createBuiltInCollections(in scope: Scope, at now: Timestamp) async throws {
        try await database.transaction {
            try await CollectionStore.createBuiltIn(in: scope, at: now.milliseconds, on: $0)
        }
    }

    /// By name.
    package func collections(for principal: Principal) async throws -> [PassageCollection] {
        try await database.read { try await CollectionStore.all(readableBy: principal, on: $0) }
    }

    /// - Throws: ``ContextError`` (not found), also for a collection outside the principal's scopes.
    package func collection(_ name: String, for principal: Principal) async throws -> PassageCollection {
        let found = try await database.read { try await CollectionStore.named(name, for: principal, on: $0) }
        guard let found else { throw ContextError.unknown("collection", name, parameter: "collection") }
        return found
    }

    package func create(
        _ draft: CollectionDraft,
        for principal: Principal,
        at now: Timestamp
    ) async throws -> PassageCollection {
        let draft = try draft.validated()
        return try await database.transaction {
            try await CollectionStore.create(draft, in: principal.home, at: now.milliseconds, on: $0)
        }
    }

    /// Deletes the collection with everything in it; answers how many passages went.
    ///
    /// One of the five of the contract is emptied and stays.
    package func delete(_ collection: PassageCollection) async throws -> Int {
        let deleted = try await database.transaction { try await CollectionStore.delete(collection, on: $0) }
        try await index.catchUp()
        return deleted
    }

    package func passageCount(in collection: PassageCollection) -> Int {
        index.withRead { $0.count(in: collection.key) }
    }

    /// The metadata keys of a collection's passages, with their commonest values.
    package func facets(of collection: PassageCollection, paths: Int, values: Int) -> [FacetIndex.Facet] {
        index.withRead { index in
            let members = (index.collections[collection.key] ?? Bitset()).intersection(index.live)
            return index.facets.facets(in: members, paths: paths, values: values)
        }
    }
}

extension PassageLibrary {
    /// When each of `collections` was last written to; those that are empty are absent.
    package func lastChanges(in collections: [PassageCollection]) async throws -> [Int64: Timestamp] {
        let rows = try await database.read { connection in
            try await connection.query(
                """
                SELECT collection, MAX(updated_at) FROM passage
                WHERE collection IN (\(list: collections.map(\.key))) GROUP BY collection
                """
            ).map { try $0.decode(Int64.self, Int64.self) }
        }
        return Dictionary(uniqueKeysWithValues: rows.map { ($0.0, Timestamp(milliseconds: $0.1)) })
    }

    /// Passages from all over the collection, the same ones until it changes.
    package func samples(of collection: PassageCollection, limit: Int) async throws -> [Passage] {
        let keys = index.withRead { index in
            let members = (index.collections[collection.key] ?? Bitset()).intersection(index.live)
            let stride = max(1, members.count / max(1, limit))
            return members.enumerated().filter { $0.offset.isMultiple(of: stride) }.prefix(limit).map {
                index.keys[$0.element]
            }
        }
        let passages = try await database.read { try await PassageStore.passages(keys: keys, on: $0) }
        return passages.sorted { $0.key < $1.key }
    }
}
