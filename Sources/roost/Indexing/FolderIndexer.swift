import ContextCore
import Documents
import Embeddings
import FoundationEssentials
import Retrieval
import Runtime
import SQL
import Synchronization

/// Brings a collection up to date with folders on disk.
///
///     walk → drop what is gone → skip what has the same size and time → read, chunk, embed and store the rest, several at once
final class FolderIndexer: Sendable {
    struct Summary: Encodable, CustomStringConvertible {
        var files = 0
        var indexed = 0
        var unchanged = 0
        var duplicates = 0
        var removed = 0
        var skipped = 0
        var failed = 0
        var passages = 0

        /// Passages, these or older ones, that the collection's capacity pushed out.
        var evicted = 0
        var warnings = 0
        var seconds = 0.0

        var hasChanged: Bool { indexed + removed + failed > 0 }

        var description: String {
            "\(files) files: \(indexed) indexed (\(passages) passages), \(unchanged) unchanged, \(duplicates) duplicates, "
                + "\(removed) removed, \(skipped) skipped, \(failed) failed, "
                + (warnings > 0 ? "\(warnings) warnings, " : "")
                + (evicted > 0 ? "\(evicted) passages pushed out by the collection's capacity, " : "")
                + "\(seconds.rounded(to: 1)) s"
        }
    }

    let roost: Roost
    let collection: PassageCollection
    let terminal: Terminal

    /// Files in work at the same time, so that the embedder's batches fill while others are read.
    let parallel: Int

    private let walkers = BlockingExecutor(name: "roost.walk")

    /// Files that left no document behind, and are not looked at again until they change.
    private let failures = Mutex<Set<FileToIndex>>([])

    /// Files that are the same as others: not looked at again until they, or others, change.
    private let copies = Mutex<Set<FileToIndex>>([])

    init(roost: Roost, collection: PassageCollection, terminal: Terminal, parallel: Int = 8) {
        self.roost = roost
        self.collection = collection
        self.terminal = terminal
        self.parallel = parallel
    }

    /// - Parameter isQuiet: says nothing of files that were skipped, which is news the first time only.
    func update(_ roots: [String], isQuiet: Bool = false) async throws -> Summary {
        let start = MonotonicTime.now
        var summary = Summary()
        var work: [FileToIndex] = []
        var seen: Set<[UInt8]> = []
        for root in roots {
            let scan = try await walkers.run { [bytes = roost.library.documentLimits.inputBytes] in
                try FolderScan(root, maximumBytes: bytes)
            }
            summary.skipped += scan.skipped.count
            if !isQuiet { scan.skipped.forEach { terminal.note("skipped \($0.path): \($0.reason)") } }
            summary.removed += try await dropMissing(scan)
            work += scan.files.filter { seen.insert(Array($0.path.utf8)).inserted }
        }
        // What was the same as a file that is gone has to be read after all.
        if summary.removed > 0 { copies.withLock { $0 = [] } }
        summary.files = work.count
        let (changed, unchanged) = try await compare(work)
        summary.unchanged = work.count - changed.count
        let collection = collection
        try await roost.database.transaction {
            try await DocumentStore.renew(unchanged, in: collection, at: Timestamp.now.milliseconds, on: $0)
        }
        try await index(changed, &summary)
        if summary.indexed > 0 { try await indexCopies(among: work, &summary) }
        summary.seconds = MonotonicTime.now.seconds(since: start)
        return summary
    }

    /// Deletes the documents of files below the root that are no longer there; answers how many.
    private func dropMissing(_ scan: FolderScan) async throws -> Int {
        let collection = collection
        let known = try await roost.database.read { connection in
            try await DocumentStore.sources(under: scan.root, in: collection, on: connection)
        }
        let gone = known.filter { scan.isGone($0.source) }
        for document in gone { _ = try await roost.library.deleteDocument(document.id, for: roost.principal) }
        return gone.count
    }

    /// The files that have to be read, and the documents of those that are what they were.
    private func compare(_ files: [FileToIndex]) async throws -> (changed: [FileToIndex], unchanged: [Int64]) {
        let collection = collection
        let settled = failures.withLock(\.self).union(copies.withLock(\.self))
        return try await roost.database.read { connection in
            var changed: [FileToIndex] = []
            var unchanged: [Int64] = []
            for file in files where !settled.contains(file) {
                let known = try await DocumentStore.document(from: file.path, in: collection, on: connection)
                if let known, known.status == .ready, known.bytes == file.bytes, known.modifiedAt == file.modified {
                    unchanged.append(known.key)
                } else {
                    changed.append(file)
                }
            }
            return (changed, unchanged)
        }
    }

    /// Reads the copies once more: a file that has changed may be what they were the same as, and then nobody else says any
    /// more what they say.
    private func indexCopies(among files: [FileToIndex], _ summary: inout Summary) async throws {
        let former = copies.withLock { copies in
            defer { copies = [] }
            return copies
        }
        let again = files.filter(former.contains)
        // Those of an earlier pass were counted as unchanged, those of this one as duplicates.
        summary.unchanged -= again.count - summary.duplicates
        summary.duplicates = 0
        try await index(again, &summary)
    }

    private func index(_ files: [FileToIndex], _ summary: inout Summary) async throws {
        let progress = Progress(terminal, "files", total: files.count)
        defer { progress.finish() }
        var waiting = files[...]
        try await withThrowingTaskGroup(of: FileOutcome.self) { group in
            for file in waiting.prefix(parallel) { group.addTask { try await self.index(file) } }
            waiting = waiting.dropFirst(parallel)
            while let outcome = try await group.next() {
                progress.advance()
                report(outcome, &summary)
                if let next = waiting.popFirst() { group.addTask { try await self.index(next) } }
            }
        }
    }

    private func report(_ outcome: FileOutcome, _ summary: inout Summary) {
        switch outcome {
        case .indexed(let path, let passages, let evicted, let warnings):
            summary.indexed += 1
            summary.passages += passages
            summary.evicted += evicted
            summary.warnings += warnings.count
            for warning in warnings { terminal.note("\(path): \(warning)") }
        case .unchanged: summary.unchanged += 1
        case .duplicate: summary.duplicates += 1
        case .failed(let path, let reason):
            summary.failed += 1
            terminal.note("\(path): \(reason)")
        }
    }
}

/// What became of one file.
private enum FileOutcome: Sendable {
    case indexed(path: String, passages: Int, evicted: Int, warnings: [String])
    case unchanged
    case duplicate
    case failed(path: String, reason: String)
}

extension FolderIndexer {
    private func index(_ file: FileToIndex) async throws -> FileOutcome {
        let outcome = try await read(file)
        switch outcome {
        case .duplicate: copies.withLock { _ = $0.insert(file) }
        case .failed: failures.withLock { _ = $0.insert(file) }
        case .indexed, .unchanged: break
        }
        return outcome
    }

    /// A file that can't be read is an outcome; only what would befall every file is thrown.
    private func read(_ file: FileToIndex) async throws -> FileOutcome {
        let bytes: [UInt8]
        do {
            bytes = try await walkers.run { try FileSystem.read(file.path) }
        } catch let error as FileSystem.Failure {
            return .failed(path: file.path, reason: "\(error)")
        }
        let draft = DocumentDraft(
            source: file.path,
            contentHash: SHA256.hash(bytes),
            bytes: bytes.count,
            modifiedAt: file.modified
        )
        let input = DocumentReader.Input(bytes: bytes, name: file.name)
        do {
            switch try await roost.library.ingest(draft, input, into: collection, at: .now) {
            case .indexed(_, let passages, let evicted, let warnings):
                return .indexed(path: file.path, passages: passages, evicted: evicted, warnings: warnings)
            case .unchanged: return .unchanged
            case .duplicate:
                try await dropFormer(file)
                return .duplicate
            }
        } catch {
            guard let reason = Self.fault(in: error) else { throw error }
            return .failed(path: file.path, reason: reason)
        }
    }

    /// What is wrong with a file; `nil` for what would befall every other one as well.
    static func fault(in error: any Error) -> String? {
        switch error {
        case let error as DocumentError: error.description
        case let error as EmbeddingError where error.isTexts: error.description
        default: nil
        }
    }

    /// The file now says what another one says: what it said before must not be found any more.
    private func dropFormer(_ file: FileToIndex) async throws {
        let collection = collection
        let former = try await roost.database.read {
            try await DocumentStore.document(from: file.path, in: collection, on: $0)
        }
        if let former { _ = try await roost.library.deleteDocument(former.id, for: roost.principal) }
    }
}
