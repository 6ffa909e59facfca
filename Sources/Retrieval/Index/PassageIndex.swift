package import ContextCore
package import Embeddings
package import KeywordSearch
package import VectorSearch

/// What searches look at: every passage's words, vector, metadata, collection and scope, in memory.
///
/// Passages are rows of one table, numbered by **slot**; the vector index, the inverted index, the facets and the sets of
/// slots per collection and scope all speak of the same slots, so that a filter is one set that both searches take.
///
/// A slot is written once. A passage that changes gets a new slot and its old one dies; ``needsRebuild`` says when the
/// dead are worth burying. Nothing here is the truth: all of it follows from the database's tables and its change log up
/// to ``revision``.
package struct PassageIndex: ~Copyable, Sendable {
    package struct Configuration: Sendable {
        package var vectors = VectorSearchConfiguration()
        package var ranking = BM25()

        /// The share of dead slots from which the index should be built anew.
        package var rebuildShare = 0.3

        package init() {}
    }

    package let configuration: Configuration

    /// The id of the model whose vectors these are; `nil` indexes none.
    package let model: String?

    /// Who makes vectors of that model; `nil` while nobody here can.
    ///
    /// It lies with the vectors so that a query's is never compared with another model's: both are exchanged as one.
    package let embedder: CachedEmbedder?

    /// The last change of the database that is in the index.
    package internal(set) var revision: Int64 = 0

    /// Store keys by slot; 0 where the slot is dead.
    var keys: [Int64] = []
    var slots: [Int64: UInt32] = [:]
    var live = Bitset()
    var collections: [Int64: Bitset] = [:]
    var scopes: [Scope: Bitset] = [:]
    var facets = FacetIndex()
    var keywords: InvertedIndex
    var vectors: VectorIndex

    /// How much each collection's vectors count beside its words; see ``TrustProbe``.
    var trust: [Int64: Double] = [:]

    package init(
        model: String?,
        dimension: Int,
        embedder: CachedEmbedder? = nil,
        configuration: Configuration = Configuration()
    ) {
        self.model = model
        self.embedder = embedder
        self.configuration = configuration
        keywords = InvertedIndex(ranking: configuration.ranking)
        vectors = VectorIndex(dimension: dimension, configuration: configuration.vectors)
    }

    package var count: Int { slots.count }

    package func count(in collection: Int64) -> Int {
        collections[collection]?.intersectionCount(live) ?? 0
    }

    /// The trust of a search over several collections: their mean, by their sizes; one half where nothing is known.
    func trust(in collections: [Int64]) -> Double {
        let known = collections.compactMap { key in trust[key].map { (trust: $0, count: Double(count(in: key))) } }
        let total = known.reduce(0) { $0 + $1.count }
        return total > 0 ? known.reduce(0) { $0 + $1.trust * $1.count } / total : 0.5
    }

    package var needsRebuild: Bool {
        keys.count > 1_000 && Double(keys.count - slots.count) > Double(keys.count) * configuration.rebuildShare
    }

    /// A passage as the index takes it: everything costly is done before the lock.
    package struct Row: Sendable {
        let key: Int64
        let collection: Int64
        let scope: Scope
        let facets: JSONValue
        let words: AnalyzedText
        let vector: [Float]?
    }

    /// Puts a passage in, in place of what was there under its key.
    package mutating func insert(_ row: Row) {
        remove(row.key)
        let slot = UInt32(keys.count)
        guard slot <= InvertedIndex.maximumSlot else { return }
        keys.append(row.key)
        slots[row.key] = slot
        live.insert(Int(slot))
        collections[row.collection, default: Bitset()].insert(Int(slot))
        scopes[row.scope, default: Bitset()].insert(Int(slot))
        facets.insert(row.facets, at: slot)
        // Neither can fail: the slot is in range, and a vector that has no direction stays out of the vector half.
        try? keywords.set(slot, row.words)
        if let vector = row.vector, vector.count == vectors.dimension { try? vectors.set(Int(slot), vector) }
    }

    package mutating func remove(_ key: Int64) {
        guard let slot = slots.removeValue(forKey: key) else { return }
        keys[Int(slot)] = 0
        live.remove(Int(slot))
        keywords.remove(slot)
        vectors.remove(Int(slot))
    }

    package mutating func advance(to revision: Int64) {
        self.revision = max(self.revision, revision)
    }
}

/// Which passages a search may return.
extension PassageIndex {
    /// The slots of `collections` that `principal` may read, that meet `filter` and are not excluded.
    ///
    /// The scope is part of every search's set: what is not in it can't be found, whatever the filter says.
    package func selection(
        in collections: [Int64],
        for principal: Principal,
        filter: MetadataFilter?,
        excluding: some Sequence<Int64>
    ) -> Bitset {
        var wanted = slots(of: collections.filter(principal.opens))
        wanted.formIntersection(slots(reachedBy: principal))
        wanted.formIntersection(live)
        if let filter { wanted = facets.slots(matching: filter, in: wanted) }
        for key in excluding { if let slot = slots[key] { wanted.remove(Int(slot)) } }
        return wanted
    }

    /// What the frequencies of words are counted over for `principal`: nothing that he may not read, or scores would tell
    /// him what words it has.
    ///
    /// - Returns: `nil` for everything, which costs nothing.
    package func population(for principal: Principal) -> Population? {
        guard !scopes.keys.allSatisfy({ principal.canRead($0) }) else { return nil }
        var readable = slots(reachedBy: principal)
        if let grant = principal.grant { readable.formIntersection(slots(of: grant.collections)) }
        return keywords.population(of: readable.intersection(live).words)
    }

    private func slots(reachedBy principal: Principal) -> Bitset {
        var reached = Bitset()
        for (scope, slots) in scopes where principal.reaches(scope) { reached.formUnion(slots) }
        return reached
    }

    private func slots(of collections: some Sequence<Int64>) -> Bitset {
        var slots = Bitset()
        for collection in collections { slots.formUnion(self.collections[collection] ?? Bitset()) }
        return slots
    }
}
