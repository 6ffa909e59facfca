package import ContextCore
package import VectorSearch

/// Which passages have which metadata: path → value → slots.
///
/// It answers every filter as a set of slots, so that filtering happens inside the searches and not after them, and it
/// knows the commonest values for discovery. Comparisons and `exists` walk the distinct values of one path, so a filter
/// costs time in proportion to those and to the slots they hold.
///
/// Append-only: a slot is never changed, a passage that changes gets a new one. Slots of dead passages stay until the
/// owner rebuilds; callers intersect with what is alive.
package struct FacetIndex: Sendable {
    /// Most values belong to few passages, and an array costs an allocation.
    enum Slots: Sendable {
        case one(UInt32)
        case many([UInt32])
    }

    private(set) var paths: [String: [JSONValue: Slots]] = [:]

    package init() {}

    package mutating func insert(_ metadata: JSONValue, at slot: UInt32) {
        metadata.forEachValue { path, value in insert(path, value, at: slot) }
    }

    mutating func insert(_ path: String, _ value: JSONValue, at slot: UInt32) {
        paths[path, default: [:]][value, default: .many([])].append(slot)
    }

    func distinctValues(at path: String) -> Int { paths[path]?.count ?? 0 }

    /// The slots among `universe` whose metadata meet the filter; the same as asking ``MetadataFilter/matches(_:)`` of each.
    package func slots(matching filter: MetadataFilter, in universe: Bitset) -> Bitset {
        switch filter {
        case .equals(let path, let value):
            return union(of: paths[path]?[value].map { [$0] } ?? [], in: universe)
        case .isOneOf(let path, let values):
            return union(of: values.compactMap { paths[path]?[$0] }, in: universe)
        case .compares(let path, let comparison, let bound):
            let values = (paths[path] ?? [:]).lazy.filter { comparison.holds($0.key, bound) }
            return union(of: values.map(\.value), in: universe)
        case .exists(let path):
            return union(of: (paths[path] ?? [:]).values, in: universe)
        case .all(let filters):
            return filters.reduce(universe) { slots(matching: $1, in: $0) }
        case .any(let filters):
            return filters.reduce(into: Bitset()) { $0.formUnion(slots(matching: $1, in: universe)) }
        case .not(let filter):
            var rest = universe
            rest.subtract(slots(matching: filter, in: universe))
            return rest
        }
    }

    private func union(of lists: some Sequence<Slots>, in universe: Bitset) -> Bitset {
        var result = Bitset()
        for list in lists { list.forEach { result.insert(Int($0)) } }
        result.formIntersection(universe)
        return result
    }
}

extension FacetIndex.Slots {
    mutating func append(_ slot: UInt32) {
        switch self {
        case .one(let first): if first != slot { self = .many([first, slot]) }
        case .many(var slots):
            if slots.isEmpty {
                self = .one(slot)
            } else if slots.last != slot {
                self = .many([])
                slots.append(slot)
                self = .many(slots)
            }
        }
    }

    func forEach(_ body: (UInt32) -> Void) {
        switch self {
        case .one(let slot): body(slot)
        case .many(let slots): slots.forEach(body)
        }
    }

    func count(in universe: Bitset) -> Int {
        var count = 0
        forEach { if universe.contains(Int($0)) { count += 1 } }
        return count
    }
}

extension FacetIndex {
    /// A metadata key with its commonest values among some passages.
    package struct Facet: Sendable {
        package let path: String
        package let passages: Int
        package let values: [(value: JSONValue, passages: Int)]
    }

    /// The keys that most of `universe` have, with their commonest scalar values.
    package func facets(in universe: Bitset, paths limit: Int, values valueLimit: Int) -> [Facet] {
        let found = paths.compactMap { path, values -> Facet? in
            let counts = values.compactMap { value, slots -> (value: JSONValue, passages: Int)? in
                let count = value.isScalar ? slots.count(in: universe) : 0
                return count > 0 ? (value, count) : nil
            }
            guard !counts.isEmpty else { return nil }
            let commonest = counts.sorted {
                ($1.passages, $0.value.description) < ($0.passages, $1.value.description)
            }
            return Facet(
                path: path,
                passages: counts.reduce(0) { $0 + $1.passages },
                values: Array(commonest.prefix(valueLimit))
            )
        }
        return Array(found.sorted { ($1.passages, $0.path) < ($0.passages, $1.path) }.prefix(limit))
    }
}

extension JSONValue {
    fileprivate var isScalar: Bool {
        switch self {
        case .array, .object: false
        default: true
        }
    }
}
