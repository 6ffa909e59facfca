import Embeddings
import SQL

extension LiveIndex {
    /// Makes `model` the one that searches go by: the index of its vectors is built beside the one that serves, and both the
    /// database and the index are switched while nothing follows the log.
    ///
    /// A write comes before the switch, and is in the new index; or it finds another live model in its transaction, and brings its
    /// vectors anew. So nothing is missed, and a process that dies in the middle is found before the switch or behind it.
    ///
    /// - Parameters:
    ///   - isComplete: whether enough passages have a vector of the model; asked in the switch's transaction.
    ///   - complete: gives those a vector that were written in the meantime.
    /// - Returns: whether it was made.
    func change(
        to model: EmbeddingModel,
        complete: () async throws -> Void,
        isComplete: (DatabaseConnection) async throws -> Bool
    ) async throws -> Bool {
        var fresh = await Self.emptyIndex(for: model, embedders, configuration)
        let last = try await Self.fill(&fresh, from: database, analyzer: analyzer, batch: configuration.readBatch)
        try await complete()
        return try await whileStill {
            let isSwitched = try await database.transaction { connection in
                guard try await isComplete(connection) else { return false }
                try await EmbeddingModelStore.setLive(model.id, on: connection)
                try await PassageStore.noteVectors(of: model.id, after: last, on: connection)
                return true
            }
            guard isSwitched else { return false }
            while case .changes(let keys, let passages, let last) = try await news(
                after: fresh.revision,
                for: fresh.model
            ) {
                guard !keys.isEmpty else {
                    exchange(with: &fresh)
                    return true
                }
                apply(keys, passages, upTo: last) { $0(&fresh) }
            }
            try await build()
            return true
        }
    }
}
