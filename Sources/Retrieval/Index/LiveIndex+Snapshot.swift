import ContextCore
import FoundationEssentials
import KeywordSearch
package import Runtime
package import SQL
import VectorSearch

extension LiveIndex {
    /// Opens the index: from its snapshot and the changes since, or anew from the database.
    ///
    /// It belongs to the model that the database's searches go by, whichever is configured.
    package static func open(
        database: Database,
        embedders: EmbedderCatalog,
        configuration: Configuration,
        log: Log
    ) async throws -> LiveIndex {
        let analyzer = PassageAnalyzer()
        let library = try await database.read { try await PassageStore.libraryID(on: $0) }
        let header = SnapshotHeader(library: library)
        let model = try await embedders.liveModel(of: database)
        var index = await emptyIndex(for: model, embedders, configuration)
        var mark: Int64?
        if let path = configuration.snapshotPath, let bytes = try? Data(contentsOf: URL(filePath: path)) {
            do {
                let (content, stored) = try header.read(Array(bytes))
                index = try PassageIndex.load(
                    content,
                    model: index.model,
                    dimension: index.vectors.dimension,
                    embedder: index.embedder,
                    configuration: configuration.index
                )
                mark = stored
            } catch {
                log.warning(
                    "the index snapshot is of another version, model or database, or damaged: building the index anew"
                )
            }
        }
        let stored = try await database.read { [revision = index.revision] connection in
            let mark = try await PassageStore.mark(of: revision, on: connection)
            return (revision: try await PassageStore.revision(on: connection), mark: mark)
        }
        // A backup that was put back has another history, also once it has grown past the snapshot.
        let isOfAnotherHistory = index.revision > 0 && (mark == nil || mark != stored.mark)
        if isOfAnotherHistory {
            log.warning("the index snapshot is of another history of this database: building the index anew")
        }
        let isFromTables = index.revision == 0 || isOfAnotherHistory
        if isFromTables {
            index = await emptyIndex(for: model, embedders, configuration)
            _ = try await fill(&index, from: database, analyzer: analyzer, batch: configuration.readBatch)
        }
        let live = LiveIndex(
            database: database,
            index: index,
            embedders: embedders,
            configuration: configuration,
            library: library,
            log: log
        )
        let behind = stored.revision - live.revision
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
        let (bytes, revision) = try await whileStill { index.withRead { ($0.snapshot(), $0.revision) } }
        let known = try await database.read { try await PassageStore.mark(of: revision, on: $0) }
        // Nobody could trust a snapshot of a change that the log has forgotten.
        guard let mark = revision == 0 ? 0 : known else { return }
        try AtomicFile.write(SnapshotHeader(library: library).bytes(mark: mark) + bytes, to: path)
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
        try await shielded { await self.saveIfPossible() }
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

/// What stands before a snapshot: the database's id (text) and the mark of the last change in it (i64, little endian).
///
/// A snapshot of another database, or of another history of this one, would show other passages under the same keys.
private struct SnapshotHeader {
    let library: String

    func bytes(mark: Int64) -> [UInt8] {
        var writer = SnapshotWriter()
        writer.write(library)
        writer.write(mark)
        return writer.bytes
    }

    func read(_ bytes: [UInt8]) throws(SnapshotReader.Damaged) -> (content: [UInt8], mark: Int64) {
        var reader = SnapshotReader(bytes)
        guard try reader.readText() == library else { throw SnapshotReader.Damaged() }
        let mark = try reader.read(Int64.self)
        return (Array(bytes.dropFirst(self.bytes(mark: mark).count)), mark)
    }
}
