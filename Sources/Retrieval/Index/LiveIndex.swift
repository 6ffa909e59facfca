import ContextCore
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
package final class LiveIndex: Sendable {
    package struct Configuration: Sendable {
        package var index = PassageIndex.Configuration()

        /// Where the snapshot lies; `nil` keeps none, and every start builds the index from the database.
        package var snapshotPath: String?

        /// Changes after which a snapshot is worth writing in the background.
        package var snapshotChanges: Int64 = 5_000

        /// Changes that stay in the log after a snapshot, for other processes that follow it.
        package var logTail: Int64 = 100_000

        /// Changes read from the log at once, and passages put in under one hold of the lock.
        package var readBatch = 2_000
        package var writeBatch = 32

        package init() {}
    }

    let database: Database
    let configuration: Configuration
    let analyzer: PassageAnalyzer
    let model: String?

    /// The id of the database, which stands before the snapshot: one of another database would show other passages
    /// under the same keys.
    let library: String
    let index: ReadWriteLock<PassageIndex>
    let log: Log
    private let order = KeyedGate()

    init(
        database: Database,
        index: consuming PassageIndex,
        analyzer: PassageAnalyzer,
        configuration: Configuration,
        library: String,
        log: Log
    ) {
        self.library = library
        self.log = log
        self.database = database
        self.configuration = configuration
        self.analyzer = analyzer
        model = index.model
        self.index = ReadWriteLock(index)
    }

    package var revision: Int64 { index.withRead { $0.revision } }

    package var count: Int { index.withRead { $0.count } }

    package func withRead<Result>(_ body: (borrowing PassageIndex) throws -> Result) rethrows -> Result {
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
            let revision = revision
            let news = try await database.read { connection in
                if let oldest = try await PassageStore.oldestRevision(on: connection), oldest > revision + 1 {
                    return News.logWasTrimmed
                }
                let (keys, last) = try await PassageStore.changes(
                    after: revision,
                    limit: self.configuration.readBatch,
                    on: connection
                )
                return News.changes(keys, try await PassageStore.indexable(keys: keys, on: connection), last)
            }
            switch news {
            case .logWasTrimmed: return try await build()
            case .changes([], _, _): return
            case .changes(let keys, let passages, let last): apply(keys, passages, upTo: last)
            }
        }
    }

    private enum News: Sendable {
        case changes([Int64], [PassageStore.Indexable], Int64)

        /// The log no longer reaches back to the index's revision.
        case logWasTrimmed
    }

    private func apply(_ keys: [Int64], _ passages: [PassageStore.Indexable], upTo revision: Int64) {
        let found = Set(passages.map(\.passage.key))
        let gone = keys.filter { !found.contains($0) }
        index.withWrite { index in gone.forEach { index.remove($0) } }
        insert(passages)
        index.withWrite { $0.advance(to: revision) }
    }

    /// Words are segmented and stemmed outside the lock; inside it a passage takes tens of microseconds.
    private func insert(_ passages: [PassageStore.Indexable]) {
        for start in stride(from: 0, to: passages.count, by: configuration.writeBatch) {
            let rows = passages[start..<min(start + configuration.writeBatch, passages.count)].map(analyzer.row)
            index.withWrite { index in rows.forEach { index.insert($0) } }
        }
    }

    /// Builds the index from the tables, beside the one that serves, and switches.
    func build() async throws {
        var fresh = PassageIndex(
            model: model,
            dimension: index.withRead { $0.vectors.dimension },
            configuration: configuration.index
        )
        try await Self.fill(&fresh, from: database, analyzer: analyzer, batch: configuration.readBatch)
        exchange(with: &fresh)
    }

    private func exchange(with fresh: inout PassageIndex) {
        index.withWrite { index in
            fresh.trust = index.trust
            swap(&index, &fresh)
        }
    }

    /// Reads all passages in one consistent view, so that the revision belongs to exactly these.
    static func fill(
        _ index: inout PassageIndex,
        from database: Database,
        analyzer: PassageAnalyzer,
        batch: Int
    ) async throws {
        try await database.read { connection in
            try await PassageStore.forEachIndexableBatch(of: batch, on: connection) { passages in
                for passage in passages { index.insert(analyzer.row(for: passage)) }
            }
            index.advance(to: try await PassageStore.revision(on: connection))
        }
    }
}
