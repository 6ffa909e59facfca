import ContextCore
import Embeddings
import Glibc
import KeywordSearch
import Runtime
import SQL
import TestSupport
import Testing
import VectorSearch

@testable import Retrieval

extension SeededGenerator {
    mutating func vector(_ dimension: Int) -> [Float] {
        (0..<dimension).map { _ in Float.random(in: -1...1, using: &self) }
    }
}

/// The name of the model whose vectors tests make up.
let madeUpModel = "made-up"

/// A library whose index takes vectors of ``madeUpModel`` where there is no embedder.
func openLibrary(
    _ location: DatabaseConfiguration.Location = .memory,
    embedder: LocalEmbedder? = nil,
    model: String? = nil,
    dimension: Int = 8,
    limits: PassageLimits = PassageLimits(),
    configure: (inout LiveIndex.Configuration) -> Void = { _ in }
) async throws -> PassageLibrary {
    let database = try await Database.open(
        DatabaseConfiguration(location, durability: .normal),
        migrations: RetrievalMigrations.all
    )
    if let model { try await database.adopt(model, dimension: dimension) }
    var configuration = LiveIndex.Configuration()
    configure(&configuration)
    let index = try await LiveIndex.open(
        database: database,
        embedders: EmbedderCatalog(local: embedder),
        configuration: configuration,
        log: .disabled
    )
    return PassageLibrary(database: database, index: index, limits: limits)
}

extension Database {
    /// Has searches go by a model that nobody can embed with, unless they go by another one already.
    fileprivate func adopt(_ model: String, dimension: Int) async throws {
        try await transaction { connection in
            guard try await EmbeddingModelStore.live(on: connection) == nil else { return }
            let made = EmbeddingModel(id: model, name: model, dimensions: dimension)
            _ = try await EmbeddingModelStore.register(made, on: connection)
            try await EmbeddingModelStore.setLive(model, on: connection)
        }
    }
}

let start = Timestamp(milliseconds: 1_767_646_800_000)

func scope(_ path: String) throws -> Scope { try #require(Scope(path: path)) }

func principal(_ home: String, reading: [String]? = nil) throws -> Principal {
    Principal(subject: home, home: try scope(home), readable: try (reading ?? [home]).map(scope))
}

func text(_ id: String, _ text: String, _ metadata: JSONValue = .emptyObject) -> PassageDraft {
    PassageDraft(id: id, fields: ["text": text], metadata: metadata)
}

extension PassageLibrary {
    /// A collection of plain text in the local scope.
    func textCollection(_ name: String = "notes", _ retention: Retention = .permanent) async throws -> PassageCollection
    {
        try await create(CollectionDraft(name: name, kind: .text, retention: retention), for: .local, at: start)
    }

    /// Keeps a passage with a vector that no embedder made.
    func keep(_ draft: PassageDraft, _ vector: [Float], in collection: PassageCollection) async throws {
        try await keep([(draft, vector)], in: collection)
    }

    func keep(_ passages: [(PassageDraft, [Float])], in collection: PassageCollection) async throws {
        try await database.transaction { connection in
            for (draft, vector) in passages {
                var prepared = prepare(draft)
                prepared.vector = PassageStore.EmbeddedVector(model: madeUpModel, values: vector)
                _ = try await PassageStore.upsert(prepared, into: collection, at: start.milliseconds, on: connection)
            }
        }
        try await index.catchUp()
    }

    func find(_ query: RetrievalQuery, for principal: Principal = .local) async throws -> [String] {
        try await search(query, for: principal).hits.map(\.passage.id)
    }

    func allPassages() async throws -> [Passage] {
        try await database.read { connection in
            var all: [Passage] = []
            try await PassageStore.forEachIndexableBatch(of: 7, by: nil, on: connection) { all += $0.map(\.passage) }
            return all
        }
    }

    /// What the index says otherwise than the tables; empty when they agree.
    func disagreements() async throws -> [String] {
        let model = index.withRead { $0.model }
        let stored = try await database.read { connection in
            var all: [PassageStore.Indexable] = []
            try await PassageStore.forEachIndexableBatch(of: 64, by: model, on: connection) { all += $0 }
            return (rows: all, revision: try await PassageStore.revision(on: connection))
        }
        return index.withRead { index in
            var found: [String] = []
            if index.count != stored.rows.count {
                found.append("\(index.count) passages instead of \(stored.rows.count)")
            }
            if index.revision < stored.revision { found.append("revision \(index.revision) of \(stored.revision)") }
            for row in stored.rows {
                guard let slot = index.slots[row.passage.key].map(Int.init) else {
                    found.append("\(row.passage.id) is missing")
                    continue
                }
                if index.keys[slot] != row.passage.key || !index.live.contains(slot) {
                    found.append("\(row.passage.id): slot")
                }
                if !(index.collections[row.passage.collectionKey]?.contains(slot) ?? false) {
                    found.append("\(row.passage.id): collection")
                }
                if !(index.scopes[row.passage.scope]?.contains(slot) ?? false) {
                    found.append("\(row.passage.id): scope")
                }
                if !index.keywords.contains(UInt32(slot)) { found.append("\(row.passage.id): words") }
                if index.vectors.contains(slot) != (row.vector != nil) { found.append("\(row.passage.id): vector") }
            }
            return found
        }
    }
}
