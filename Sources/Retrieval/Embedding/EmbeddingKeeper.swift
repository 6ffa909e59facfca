import Embeddings
package import Runtime
import SQL
import Synchronization

/// Keeps the vectors complete, and of the embedder that is configured.
///
/// - Passages without a vector of the live model get theirs: they were written while its provider could not be reached.
/// - When another embedder is configured than the one that searches go by, every passage is embedded anew beside it, in
///   batches; when none is missing, searches change over (``LiveIndex/change(to:complete:isComplete:)``) and the former vectors
///   go. What is embedded lies in the database, so a restart goes on.
/// - A provider that can't be reached is asked again and again; until it answers, searches go on with what they have.
package final class EmbeddingKeeper: Service {
    private let library: PassageLibrary
    private let batch: Int
    private let interval: Duration
    private let log: Log

    /// Whether vectors may be left that no search goes by.
    private let hasLeftovers = Mutex(true)

    /// `nil` where nothing can be embedded.
    package init?(library: PassageLibrary, batch: Int, interval: Duration = .seconds(30), log: Log) {
        guard !library.index.embedders.isEmpty else { return nil }
        self.library = library
        self.batch = max(1, batch)
        self.interval = interval
        self.log = log
    }

    /// Fills beside a change, which may take hours.
    package func run() async throws {
        await withDiscardingTaskGroup { group in
            group.addTask {
                await PeriodicWork("giving passages their vectors", log: self.log, pauseAfterError: self.interval).run {
                    let pause = try await self.fill() ? self.interval : self.patience
                    try await self.library.vectorsWanted.wait(for: pause)
                    return .zero
                }
            }
            group.addTask {
                await PeriodicWork("changing the embedder", log: self.log, pauseAfterError: self.interval).run {
                    try await self.change() ? self.interval : self.patience
                }
            }
        }
    }

    /// How soon something that had to wait is tried again.
    private var patience: Duration { min(interval, .seconds(5)) }

    /// One round of both; answers whether every passage has the vector that it should have.
    package func keep() async throws -> Bool {
        let isFilled = try await fill()
        return try await change() && isFilled
    }

    private func fill() async throws -> Bool {
        try await attempt(.filling) {
            try await library.index.catchUp()
            guard let embedder = library.embedder else { return }
            let count = try await backfill(embedder).embedMissing()
            if count > 0 { log.info("embedded passages that had no vector", ["passages": "\(count)"]) }
        }
    }

    private func change() async throws -> Bool {
        try await attempt(.changing) { try await changeIfWanted() }
    }

    /// Whether `body` ended well; what one model's provider can't do holds up nothing of another's.
    private func attempt(_ work: EmbeddingState.Work, _ body: () async throws -> Void) async throws -> Bool {
        do {
            try await body()
            library.embedding.withLock { $0.problems[work] = nil }
            return true
        } catch let error as any Error & CustomStringConvertible where error is EmbeddingError || error is Overtaken {
            let sentence = error.description
            let former = library.embedding.withLock { $0.problems.updateValue(sentence, forKey: work) }
            if former != sentence { log.warning("\(work.rawValue) has to wait", ["reason": sentence]) }
            return false
        }
    }

    private func backfill(_ embedder: CachedEmbedder) -> EmbeddingBackfill {
        EmbeddingBackfill(library: library, embedder: embedder, batch: batch, log: log)
    }
}

extension EmbeddingKeeper {
    /// Passages are written faster than they are embedded.
    private struct Overtaken: Error, CustomStringConvertible {
        let description = "passages are written faster than they are embedded"
    }

    private func changeIfWanted() async throws {
        let embedders = library.index.embedders
        let wanted = try await embedders.wantedModel(in: library.database)
        if let wanted, wanted.id != library.index.withRead({ $0.model }),
            let embedder = await embedders.embedder(for: wanted)
        {
            try await change(to: wanted, by: embedder)
        }
        library.embedding.withLock { $0.change = nil }
        try await deleteLeftovers()
    }

    private func change(to model: EmbeddingModel, by embedder: CachedEmbedder) async throws {
        hasLeftovers.withLock { $0 = true }
        let backfill = backfill(embedder)
        let missing = try await library.database.read {
            try await PassageStore.unembeddedCount(by: model.id, limit: .max, on: $0)
        }
        let passages = library.index.count
        let start = EmbeddingState.Change(to: model.name, embedded: passages - missing, passages: passages)
        library.embedding.withLock { $0.change = start }
        log.info("embedding all passages beside the index", ["model": model.name, "missing": "\(missing)"])
        try await embed(with: backfill)
        for round in 1...Self.rounds {
            let tolerated = round == Self.rounds ? batch : 0
            let isChanged = try await library.index.change(
                to: model,
                complete: { try await self.embed(with: backfill) },
                isComplete: { connection in
                    let missing = try await PassageStore.unembeddedCount(
                        by: model.id,
                        limit: tolerated + 1,
                        on: connection
                    )
                    return missing <= tolerated
                }
            )
            guard !isChanged else {
                // What came in the last moment is found by its words until the next round, which is now.
                library.vectorsWanted.ring()
                return log.info("searches go by another embedder", ["model": model.name])
            }
        }
        throw Overtaken()
    }

    /// Attempts to find a moment in which nothing is missing; in the last, as much as one batch may be.
    private static let rounds = 4

    /// Seconds between two lines in the log.
    private static let reportInterval = 10.0

    private func embed(with backfill: EmbeddingBackfill) async throws {
        var reported = MonotonicTime.now
        try await backfill.embedMissing { count in
            let change = library.embedding.withLock { state in
                state.change?.embedded += count
                state.change?.passages = library.index.count
                return state.change
            }
            guard let change, MonotonicTime.now.seconds(since: reported) >= Self.reportInterval else { return }
            reported = .now
            log.info(
                "embedding all passages beside the index",
                ["model": change.to, "embedded": "\(change.embedded)", "passages": "\(change.passages)"]
            )
        }
    }

    private func deleteLeftovers() async throws {
        guard hasLeftovers.withLock(\.self) else { return }
        var deleted = 1
        while deleted > 0 {
            deleted = try await library.database.transaction {
                try await EmbeddingModelStore.deleteOthers(limit: 1_000, on: $0)
            }
        }
        hasLeftovers.withLock { $0 = false }
    }
}
