import ContextCore
import FoundationEssentials
import KeywordSearch
package import Runtime
package import SQL
import VectorSearch

extension LiveIndex {
    /// Opens the index: from its snapshot and the changes since, or anew from the database.
    package static func open(
        database: Database,
        model: String?,
        dimension: Int,
        configuration: Configuration,
        log: Log
    ) async throws -> LiveIndex {
        let analyzer = PassageAnalyzer(analyzer: TextAnalyzer(), model: model)
        let library = try await database.read { try await PassageStore.libraryID(on: $0) }
        var index = PassageIndex(model: model, dimension: dimension, configuration: configuration.index)
        if let path = configuration.snapshotPath, let bytes = try? Data(contentsOf: URL(filePath: path)) {
            do {
                guard bytes.starts(with: library.utf8) else { throw SnapshotReader.Damaged() }
                index = try PassageIndex.load(
                    Array(bytes.dropFirst(library.utf8.count)),
                    model: model,
                    dimension: dimension,
                    configuration: configuration.index
                )
            } catch {
                log.warning(
                    "the index snapshot is of another version, model or database, or damaged: building the index anew"
                )
            }
        }
        let stored = try await database.read { try await PassageStore.revision(on: $0) }
        let isFromTables = index.revision == 0 || index.revision > stored
        if isFromTables {
            index = PassageIndex(model: model, dimension: dimension, configuration: configuration.index)
            try await fill(&index, from: database, analyzer: analyzer, batch: configuration.readBatch)
        }
        let live = LiveIndex(
            database: database,
            index: index,
            analyzer: analyzer,
            configuration: configuration,
            library: library,
            log: log
        )
        let behind = stored - live.revision
        try await live.catchUp()
        log.debug("opened the index", ["from": isFromTables ? "tables" : "snapshot", "changes": "\(max(0, behind))"])
        return live
    }

    /// Writes a snapshot beside the old one and renames it over it, so that there is always a whole one; then trims the
    /// log.
    ///
    /// Nothing is written without a path.
    package func saveSnapshot() async throws {
        guard let path = configuration.snapshotPath else { return }
        let (bytes, revision) = index.withRead { ($0.snapshot(), $0.revision) }
        try AtomicFile.write(Array(library.utf8) + bytes, to: path)
        let oldest = revision - configuration.logTail
        guard oldest > 0 else { return }
        try await database.transaction { try await PassageStore.trimChanges(before: oldest, on: $0) }
    }
}

/// What the index needs doing while it serves: following other processes, linking vectors, snapshots, rebuilding.
extension LiveIndex: Service {
    package func run() async throws {
        var saved = revision
        await PeriodicWork("following the database", log: log).run {
            try await catchUp()
            let linked = linkVectors()
            if index.withRead({ $0.needsRebuild }) { try await whileStill { try await build() } }
            if revision - saved >= configuration.snapshotChanges {
                saved = revision
                await saveIfPossible()
            }
            return linked == 0 ? .milliseconds(500) : .zero
        }
        // Cancelled in the middle of a step or between two, it leaves a snapshot all the same.
        await Task.detached { await self.saveIfPossible() }.value
    }

    /// Without a snapshot the next start takes longer; that is no reason to end the server.
    private func saveIfPossible() async {
        do {
            try await saveSnapshot()
        } catch {
            log.warning("the index snapshot could not be written", ["reason": "\(error)"])
        }
    }

    /// Links some of the vectors that the graph doesn't lead to yet; answers how many.
    ///
    /// Plans are made under the reading lock, beside searches; only the short changes exclude them.
    private func linkVectors() -> Int {
        index.withWrite { if $0.vectors.needsRebuild { $0.vectors.forgetGraph() } }
        let slots = index.withRead { $0.vectors.slotsToLink() }
        for slot in slots {
            guard !Task.isCancelled, let plan = index.withRead({ $0.vectors.planLink(slot) }) else { continue }
            index.withWrite { _ = $0.vectors.apply(plan) }
        }
        return slots.count
    }
}
