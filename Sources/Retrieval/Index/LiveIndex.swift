import ContextCore
import Embeddings
import KeywordSearch
import Runtime
import SQL
import VectorSearch

/// The index in memory, kept in step with the database.
///
/// There is one way in which anything gets into the index: ``catchUp()`` reads the change log from the index's revision
/// on. A write of this process calls it after its commit and before it is acknowledged; writes of other processes, and
/// those since the last snapshot at start-up, arrive the same way. So index and store agree whenever no call is under way,
/// also after a crash.
///
/// Searches hold the lock for reading, well under a millisecond; a change holds it for writing for a few passages at a time.
/// A snapshot reads for as long as it takes to copy the whole index, and keeps changes waiting before the lock: one that
/// waited at it would keep searches waiting, too.
package final class LiveIndex: Sendable {
    package struct Configuration: Sendable {
        package var index = PassageIndex.Configuration()

        /// Where the snapshot lies; `nil` keeps none, and every start builds the index from the database.
        package var snapshotPath: String?

        /// Changes after which a snapshot is worth writing in the background.
        package var snapshotChanges: Int64 = 5_000

        /// Changes that stay in the log after a snapshot, for other processes that follow it.
        package var logTail: Int64 = 100_000

        /// Changes read from the log at once, and passages put in or taken out under one hold of the lock.
        package var readBatch = 2_000
        package var writeBatch = 32

        package init() {}
    }

    let database: Database
    let configuration: Configuration
    let analyzer = PassageAnalyzer()
    package let embedders: EmbedderCatalog

    /// The id of the database, which stands before the snapshot: one of another database would show other passages
    /// under the same keys.
    let library: String
    let index: ReadWriteLock<PassageIndex>
    let log: Log
    let order = KeyedGate()

    init(
        database: Database,
        index: consuming PassageIndex,
        embedders: EmbedderCatalog,
        configuration: Configuration,
        library: String,
        log: Log
    ) {
        self.library = library
        self.log = log
        self.database = database
        self.configuration = configuration
        self.embedders = embedders
        self.index = ReadWriteLock(index)
    }

    package var revision: Int64 { index.withRead { $0.revision } }

    package var count: Int { index.withRead { $0.count } }

    package func withRead<Result, Failure: Error>(
        _ body: (borrowing PassageIndex) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try index.withRead(body)
    }

    /// Follows the change log to its end; returns at once when there is nothing new.
    package func catchUp() async throws {
        try await order.withKey("") { try await followLog() }
    }

    /// Runs `body` while nothing follows the log.
    func whileStill<Result>(_ body: () async throws -> Result) async throws -> Result {
        try await order.withKey("", body)
    }

    private func followLog() async throws {
        while true {
            let (revision, model) = index.withRead { ($0.revision, $0.model) }
            switch try await news(after: revision, for: model) {
            case .needsBuilding: return try await build()
            case .changes([], _, _): return
            case .changes(let keys, let passages, let last):
                apply(keys, passages, upTo: last) { change in index.withWrite { change(&$0) } }
            }
        }
    }

    enum News: Sendable {
        case changes([Int64], [PassageStore.Indexable], Int64)

        /// The log no longer reaches back to the index's revision, or searches go by another model.
        case needsBuilding
    }

    func news(after revision: Int64, for model: String?) async throws -> News {
        try await database.read { connection in
            if let oldest = try await PassageStore.oldestRevision(on: connection), oldest > revision + 1 {
                return .needsBuilding
            }
            if self.embedders.isEnabled, try await EmbeddingModelStore.liveID(on: connection) != model {
                return .needsBuilding
            }
            let (keys, last) = try await PassageStore.changes(
                after: revision,
                limit: self.configuration.readBatch,
                on: connection
            )
            let passages = try await PassageStore.indexable(keys: keys, by: model, on: connection)
            return .changes(keys, passages, last)
        }
    }

    /// Words are segmented and stemmed outside of `change`, which may hold a lock; inside it a passage takes tens of
    /// microseconds.
    func apply(
        _ keys: [Int64],
        _ passages: [PassageStore.Indexable],
        upTo revision: Int64,
        _ change: ((inout PassageIndex) -> Void) -> Void
    ) {
        let found = Set(passages.map(\.passage.key))
        let gone = keys.filter { !found.contains($0) }
        for range in batches(of: gone.count) {
            change { index in gone[range].forEach { index.remove($0) } }
        }
        for range in batches(of: passages.count) {
            let rows = passages[range].map(analyzer.row)
            change { index in rows.forEach { index.insert($0) } }
        }
        change { $0.advance(to: revision) }
    }

    private func batches(of count: Int) -> [Range<Int>] {
        let batch = configuration.writeBatch
        return stride(from: 0, to: count, by: batch).map { $0..<min($0 + batch, count) }
    }
}

/// Building the index beside the one that serves.
extension LiveIndex {
    /// Builds the index from the tables, and switches.
    func build() async throws {
        let live = try await embedders.liveModel(of: database)
        var fresh = await Self.emptyIndex(for: live, embedders, configuration)
        _ = try await Self.fill(&fresh, from: database, analyzer: analyzer, batch: configuration.readBatch)
        exchange(with: &fresh)
    }

    func exchange(with fresh: inout PassageIndex) {
        index.withWrite { index in
            if fresh.model == index.model { fresh.trust = index.trust }
            swap(&index, &fresh)
        }
    }

    static func emptyIndex(
        for model: EmbeddingModel?,
        _ embedders: EmbedderCatalog,
        _ configuration: Configuration
    ) async -> PassageIndex {
        let embedder = if let model { await embedders.embedder(for: model) } else { nil as CachedEmbedder? }
        return PassageIndex(
            model: model?.id,
            dimension: model?.dimensions ?? Self.dimensionWithoutModel,
            embedder: embedder,
            configuration: configuration.index
        )
    }

    /// The vector half is empty then; its width only has to be one.
    private static let dimensionWithoutModel = 384

    /// Reads all passages in one consistent view, so that the revision belongs to exactly these.
    ///
    /// - Returns: the last vector of that view.
    static func fill(
        _ index: inout PassageIndex,
        from database: Database,
        analyzer: PassageAnalyzer,
        batch: Int
    ) async throws -> Int64 {
        let model = index.model
        return try await database.read { connection in
            try await PassageStore.forEachIndexableBatch(of: batch, by: model, on: connection) { passages in
                for passage in passages { index.insert(analyzer.row(for: passage)) }
            }
            index.advance(to: try await PassageStore.revision(on: connection))
            return try await PassageStore.lastVector(on: connection)
        }
    }
}
