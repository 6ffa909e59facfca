package import ContextCore
import Embeddings
import KeywordSearch
package import Runtime
import SQL
import VectorSearch

extension PassageLibrary {
    /// Measures how much a collection's vectors deserve beside its words, and searches accordingly from now on.
    ///
    /// Costs some 200 embeddings. Does nothing without an embedder, while it fails, or with too few passages for a verdict.
    package func probeTrust(in collection: PassageCollection) async throws {
        guard let embedder else { return }
        do {
            try await probeTrust(in: collection, by: embedder)
        } catch let error as EmbeddingError where error.canBeDoneWithout {}
    }

    private func probeTrust(in collection: PassageCollection, by embedder: CachedEmbedder) async throws {
        let sample = index.withRead { $0.sample(of: collection.key, count: TrustProbe.sampleSize) }
        guard sample.count >= Self.fewestProbes else { return }
        let passages = try await database.read { try await PassageStore.passages(keys: sample, on: $0) }
        let probes = passages.sorted { $0.key < $1.key }.compactMap(TrustProbe.init)
        let queries = try await embedder.passageVectors(for: probes.map(\.query))
        let rests = try await embedder.passageVectors(for: probes.map { collection.kind.text(of: $0.rest) })
        var trust = CollectionTrust()
        for (probe, (query, rest)) in zip(probes, zip(queries, rests)) {
            let prepared = PassageIndex.PreparedProbe(
                key: probe.key,
                words: analyzer.query(probe.query),
                rest: analyzer.analyze(PassageAnalyzer.fields(probe.rest, of: collection.kind)),
                vector: query,
                restVector: rest
            )
            let isComparable = index.withRead { index in
                guard index.model == embedder.model else { return false }
                index.measure(prepared, in: collection.key, into: &trust)
                return true
            }
            // Searches go by another model now, which is measured in the next round.
            guard isComparable else { return }
        }
        try await keep(trust.averaged(passages: passageCount(in: collection)), for: collection, by: embedder.model)
    }

    /// Measures again when the collection is new or has changed much.
    ///
    /// A command that fills one does so at its end, so that the server knows from its start.
    package func refreshTrust(in collection: PassageCollection) async throws {
        guard let embedder else { return }
        let known = try await database.read { try await TrustStore.all(by: embedder.model, on: $0)[collection.key] }
        guard known?.isStale(passages: passageCount(in: collection)) ?? true else { return }
        try await probeTrust(in: collection)
    }

    /// Below this many passages chance decides, and one half is as good as any weight.
    private static let fewestProbes = 20

    private func keep(_ trust: CollectionTrust, for collection: PassageCollection, by model: String) async throws {
        try await database.transaction { connection in
            try await TrustStore.save(trust, for: collection.key, by: model, on: connection)
        }
        try await index.setTrust(trust.weight, in: collection.key, by: model)
    }

    /// What is known of each collection, for reports.
    package func trust(for principal: Principal) async throws -> [String: CollectionTrust] {
        guard let embedder else { return [:] }
        let known = try await database.read { try await TrustStore.all(by: embedder.model, on: $0) }
        let names = try await collections(for: principal).compactMap { collection in
            known[collection.key].map { (collection.name, $0) }
        }
        return Dictionary(names) { first, _ in first }
    }

    /// Takes over what was measured before.
    package func loadTrust() async throws {
        guard let embedder else { return }
        let known = try await database.read { try await TrustStore.all(by: embedder.model, on: $0) }
        for (collection, trust) in known {
            try await index.setTrust(trust.weight, in: collection, by: embedder.model)
        }
    }
}

/// Probes collections that are new or have grown or shrunk by a quarter.
package struct TrustKeeper: Service {
    private let library: PassageLibrary
    private let principal: Principal
    private let interval: Duration
    private let log: Log

    package init(library: PassageLibrary, principal: Principal = .local, interval: Duration = .seconds(30), log: Log) {
        self.library = library
        self.principal = principal
        self.interval = interval
        self.log = log
    }

    package func run() async throws {
        try await library.loadTrust()
        await PeriodicWork("probing collections", log: log, pauseAfterError: interval).run {
            for collection in try await library.collections(for: principal) {
                try await library.refreshTrust(in: collection)
            }
            return interval
        }
    }
}

extension CollectionTrust {
    fileprivate func averaged(passages: Int) -> CollectionTrust {
        let count = Double(max(1, probes))
        return CollectionTrust(
            words: Half(removed: words.removed / count, kept: words.kept / count),
            vectors: Half(removed: vectors.removed / count, kept: vectors.kept / count),
            probes: probes,
            passages: passages
        )
    }
}

extension PassageIndex {
    /// Passages from all over a collection, chosen by their keys, so that the sample changes little when it grows.
    func sample(of collection: Int64, count: Int) -> [Int64] {
        let members = (collections[collection] ?? Bitset()).intersection(live).map { keys[$0] }
        let scattered = members.map { (key: $0, order: UInt64(bitPattern: $0) &* 0x9E37_79B9_7F4A_7C15) }
        return scattered.sorted { $0.order < $1.order }.prefix(count).map(\.key)
    }
}

extension LiveIndex {
    func setTrust(_ weight: Double, in collection: Int64, by model: String) async throws {
        try await whileStill { index.withWrite { if $0.model == model { $0.trust[collection] = weight } } }
    }
}
