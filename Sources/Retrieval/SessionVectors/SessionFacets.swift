import ContextCore
import VectorSearch

/// Which slots of a session have which metadata, at the paths that its filters ask about and at no others.
///
/// Nothing is read when vectors are uploaded. The first filter that needs it has the metadata of all slots read once; later
/// filters on the same paths read only what was written since. A ``FacetIndex`` can't forget, so a slot that is written again
/// becomes **stale**: it is asked itself, by ``MetadataFilter/matches(_:)``, until so many are stale that all is read anew.
///
///     slots that match  =  facets over the indexed slots  ∪  those of the others that say so themselves
struct SessionFacets: Sendable {
    /// More paths than a client's filters have; a filter with more of them is asked of every slot.
    private static let pathLimit = 32

    /// One stale slot in sixteen: asking these costs about as much as answering from the facets of the rest.
    private static let staleShare = 16

    private var facets = FacetIndex()
    private var paths: Set<String> = []

    /// What the facets say of these slots is true.
    private var indexed = Bitset()

    /// What the facets say of these slots was true once.
    private var stale = Bitset()

    /// Said once by the owner: these facets may not grow, so no filter is worth reading everything for twice.
    private var isGivenUp = false

    private var entries = 0
    private var stringBytes = 0

    /// Whether the facets, when brought up to date, answer this filter.
    func covers(_ filter: MetadataFilter) -> Bool { filter.paths.isSubset(of: paths) }

    /// Makes room for the paths of `filter`; the facets may have to begin anew.
    ///
    /// - Returns: `false` for a filter with too many paths, and after ``giveUp()``.
    mutating func prepare(for filter: MetadataFilter, live: Bitset) -> Bool {
        let wanted = filter.paths
        guard !isGivenUp, wanted.count <= Self.pathLimit else { return false }
        let isWorn = stale.count > max(64, live.count / Self.staleShare)
        if wanted.isSubset(of: paths), !isWorn { return true }
        let all = paths.union(wanted)
        self = SessionFacets()
        paths = all.count <= Self.pathLimit ? all : wanted
        return true
    }

    /// The slots that can be read into the facets but were not yet.
    func unread(in live: Bitset) -> Bitset { live.subtracting(indexed).subtracting(stale) }

    /// Reads what lies at the paths and nothing else, however much there is beside them.
    mutating func insert(_ metadata: JSONValue, at slot: Int) {
        for path in paths {
            _ = metadata.containsValue(at: path) { value in
                facets.insert(path, value, at: UInt32(slot))
                entries += 1
                if case .string(let text) = value { stringBytes += text.utf8.count }
                return false
            }
        }
        indexed.insert(slot)
    }

    /// The slot has other metadata now, or none.
    mutating func forget(_ slot: Int) {
        if indexed.remove(slot) { stale.insert(slot) }
    }

    /// Forgets everything for good: until the session is empty again, filters are asked of every slot.
    mutating func giveUp() {
        self = SessionFacets()
        isGivenUp = true
    }

    /// What the facets know of `live`: who matches, and who must be asked.
    func slots(matching filter: MetadataFilter, in live: Bitset) -> (found: Bitset, unknown: Bitset) {
        guard covers(filter) else { return (Bitset(), live) }
        let known = live.intersection(indexed)
        return (facets.slots(matching: filter, in: known), live.subtracting(known))
    }

    /// An estimate: a distinct value costs about 96 bytes and its text, an entry 8.
    var memoryUse: Int {
        let distinct = paths.reduce(0) { $0 + facets.distinctValues(at: $1) }
        return distinct * (96 + stringBytes / max(1, entries)) + 8 * entries
    }
}

extension MetadataFilter {
    /// Every path that a condition reads.
    fileprivate var paths: Set<String> {
        switch self {
        case .equals(let path, _), .isOneOf(let path, _), .compares(let path, _, _), .exists(let path): [path]
        case .all(let filters), .any(let filters): filters.reduce(into: []) { $0.formUnion($1.paths) }
        case .not(let filter): filter.paths
        }
    }
}
