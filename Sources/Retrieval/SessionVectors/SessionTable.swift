import ContextCore
import VectorSearch

/// Everything that a session holds: vectors, ids and metadata, facets, all by slot, and what that costs.
///
/// A pure value that nobody shares: ``SessionVectors`` hands it from turn to turn.
struct SessionTable: ~Copyable, Sendable {
    var vectors: VectorIndex
    var passages = PassageTable()
    var facets = SessionFacets()
    let limits: SessionVectorLimits
    var charge: MemoryCharge

    init(dimensions: Int, limits: SessionVectorLimits, charge: consuming MemoryCharge) {
        vectors = Self.emptyIndex(dimensions)
        self.limits = limits
        self.charge = charge
    }

    var count: Int { passages.count }

    var memoryUse: Int { count == 0 ? 0 : vectors.memoryUse + passages.memoryUse + facets.memoryUse }

    /// Never linked into a graph: a session is searched exactly.
    static func emptyIndex(_ dimensions: Int) -> VectorIndex {
        var configuration = VectorSearchConfiguration()
        configuration.exactBelow = .max
        return VectorIndex(dimension: dimensions, configuration: configuration)
    }
}

extension SessionTable {
    /// How many of `ids` there were.
    mutating func remove(_ ids: [ClientID]) -> Int {
        let before = count
        for id in ids {
            guard let slot = passages.remove(id) else { continue }
            vectors.remove(slot)
            facets.forget(slot)
        }
        if count == 0 { removeAll() }
        charge.settle(memoryUse)
        return before - count
    }

    mutating func removeAll() {
        vectors = Self.emptyIndex(vectors.dimension)
        passages = PassageTable()
        facets = SessionFacets()
    }
}
