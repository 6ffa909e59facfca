import ContextCore
import TestSupport
import Testing
import VectorSearch

@testable import Retrieval

@Suite struct SessionFacetsTests {
    private let isRed = MetadataFilter.equals(path: "color", "red")

    private func facets(_ rows: [JSONValue]) -> SessionFacets {
        var facets = SessionFacets()
        let live = Bitset(all: 0..<rows.count)
        _ = facets.prepare(for: isRed, live: live)
        for slot in facets.unread(in: live) { facets.insert(rows[slot], at: slot) }
        return facets
    }

    @Test func `they know what was read, and only at the paths of filters`() {
        var facets = facets([["color": "red", "size": 1], ["color": "blue"], ["color": ["red", "blue"]]])
        let live = Bitset(all: 0..<4)
        let (found, unknown) = facets.slots(matching: isRed, in: live)
        #expect(Array(found) == [0, 2])
        #expect(Array(unknown) == [3])
        #expect(facets.covers(.not(isRed)))
        let bySize = MetadataFilter.equals(path: "size", 1)
        #expect(!facets.covers(bySize))
        #expect(Array(facets.slots(matching: bySize, in: live).unknown) == Array(live))
        let fits = facets.prepare(for: bySize, live: live)
        #expect(fits)
        #expect(Array(facets.unread(in: live)) == Array(live))
        #expect(facets.covers(.all([bySize, isRed])))
    }

    @Test func `a slot that is written again is asked itself, until many were`() {
        var facets = facets((0..<100).map { _ in ["color": "red"] })
        let live = Bitset(all: 0..<100)
        facets.forget(7)
        facets.forget(7)
        _ = facets.prepare(for: isRed, live: live)
        #expect(facets.unread(in: live).isEmpty)
        let (found, unknown) = facets.slots(matching: isRed, in: live)
        #expect(found.count == 99 && Array(unknown) == [7])
        for slot in 0..<65 { facets.forget(slot) }
        _ = facets.prepare(for: isRed, live: live)
        #expect(facets.unread(in: live).count == 100)
    }

    @Test func `a filter with too many paths is asked of every slot`() {
        var facets = SessionFacets()
        let live = Bitset(all: 0..<5)
        let wide = MetadataFilter.any((0..<33).map { .exists(path: "p\($0)") })
        let fits = facets.prepare(for: wide, live: live)
        #expect(!fits)
        let (found, unknown) = facets.slots(matching: wide, in: live)
        #expect(found.isEmpty && unknown.count == 5)
    }

    @Test func `where memory is full, filters work without facets`() async throws {
        var generator = SeededGenerator(seed: 30)
        let made = (0..<800).map { number in
            MadeVector(id: .number("\(number)"), numbers: generator.vector(8), metadata: ["n": .number(Double(number))])
        }
        let roomy = SessionVectorStore(dimensions: 8)
        let first = roomy.openSession()
        try await first.store(made)
        var limits = SessionVectorLimits()
        limits.memoryBytes = roomy.memoryUse
        let full = SessionVectorStore(dimensions: 8, limits: limits)
        let second = full.openSession()
        try await second.store(made)
        let query = generator.vector(8)
        let filter = try MetadataFilter(["n": ["$in": [3, 500, 799]]])
        let (left, right) = (
            try await first.search(query, count: 2, filter: filter),
            try await second.search(query, count: 2, filter: filter)
        )
        #expect(left.hits == right.hits && left.hits.count == 2)
        #expect(roomy.memoryUse > limits.memoryBytes)
        #expect(full.memoryUse <= limits.memoryBytes)
    }
}
