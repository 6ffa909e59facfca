import TestSupport
import Testing
import VectorSearch

@Suite struct GraphSearchTests {
    @Test func `a graph finds nearly all of the best rows of clustered data`() throws {
        let sample = try GraphSample(rows: 1500, dimension: 24)
        sample.link()
        #expect(sample.linkedCount == 1500)
        #expect(try sample.meanRecall(width: 64) >= 0.97)
    }

    @Test(arguments: [0.01, 0.1, 0.5, 0.9])
    func `a filter gets its full k from a graph`(share: Double) throws {
        let sample = try GraphSample(rows: 1500, dimension: 24)
        sample.link()
        #expect(try sample.meanRecall(width: 64, share: share) >= 0.95)
    }

    @Test func `a filter that keeps only rows far from the query is answered exactly`() throws {
        let sample = try GraphSample(rows: 1200, dimension: 24)
        sample.link()
        let query = sample.queries[0]
        let far = sample.truth.scores(query).suffix(600).map(\.slot)
        let hits = try sample.index.search(query, k: 10, filter: Bitset(far), width: 40)
        #expect(isExact(hits, sample.truth.scores(query, filter: Bitset(far)), k: 10))
    }

    @Test func `a row can be found from the moment it is set, linked or not`() throws {
        let sample = try GraphSample(rows: 800, dimension: 24)
        sample.link()
        for query in sample.queries {
            let slot = sample.index.count
            try sample.set(slot, query)
            let hits = try sample.index.search(query, k: 1)
            #expect(hits.map(\.slot) == [slot])
        }
    }

    @Test func `a replaced row is found by its new vector only, before and after it is linked anew`() throws {
        let sample = try GraphSample(rows: 800, dimension: 24)
        sample.link()
        for (slot, query) in sample.queries.enumerated() { try sample.set(slot, query) }
        for _ in 0..<2 {
            for (slot, query) in sample.queries.enumerated() {
                let hits = try sample.index.search(query, k: 10)
                #expect(hits.first?.slot == slot)
                #expect(Set(hits.map(\.slot)).count == 10)
            }
            #expect(try sample.meanRecall(width: 100) >= 0.97)
            sample.link()
        }
    }

    @Test func `removed rows never come back, and k is full while enough rows are left`() throws {
        let sample = try GraphSample(rows: 800, dimension: 24)
        sample.link()
        var random = SeededGenerator(seed: 8)
        var left = Array(0..<800).shuffled(using: &random)
        while left.count > 20 {
            for slot in left.suffix(60) { sample.remove(slot) }
            left.removeLast(60)
            let query = sample.queries[left.count % sample.queries.count]
            let hits = try sample.index.search(query, k: 15, width: 30)
            #expect(hits.count == 15)
            #expect(Set(hits.map(\.slot)).isSubset(of: left))
        }
        #expect(sample.needsRebuild)
    }

    @Test func `forgetting the graph makes searches exact until it is built anew`() throws {
        let sample = try GraphSample(rows: 600, dimension: 24)
        sample.link()
        for slot in 0..<200 { sample.remove(slot) }
        sample.index.forgetGraph()
        #expect(!sample.needsRebuild)
        #expect(sample.linkedCount == 0)
        #expect(try sample.meanRecall(width: 20) == 1)
        sample.link()
        #expect(sample.linkedCount == 400)
        #expect(try sample.meanRecall(width: 64) >= 0.97)
    }

    @Test func `random writes, removals, links and searches agree with brute force`() throws {
        var random = SeededGenerator(seed: 9)
        let sample = try GraphSample(rows: 300, dimension: 16)
        var recalls: [Double] = []
        for step in 0..<600 {
            let slot = Int.random(in: 0..<500, using: &random)
            switch step % 6 {
            case 0: sample.remove(slot)
            case 1: sample.index.linkNext(limit: 20)
            case 2 where step % 90 == 2: sample.index.forgetGraph()
            case 3:
                let query = random.vector(16)
                let filter = Bool.random(using: &random) ? random.filter(500, share: 0.6) : nil
                let expected = sample.truth.scores(query, filter: filter)
                let hits = try sample.index.search(query, k: 10, filter: filter)
                #expect(hits.count == min(10, expected.count))
                recalls.append(recall(hits, expected, k: 10))
            default: try sample.set(slot, random.vector(16))
            }
        }
        #expect(recalls.reduce(0, +) / Double(recalls.count) >= 0.95)
    }

    @Test func `an index below the threshold has nothing to link`() throws {
        var index = VectorIndex(dimension: 4)
        for slot in 0..<100 { try index.set(slot, [1, 2, 3, Float(slot)]) }
        let slots = index.slotsToLink()
        #expect(slots.isEmpty)
        let linked = index.linkNext()
        #expect(linked == 0)
    }
}

@Suite struct ConcurrencyTests {
    /// What owners do: share the index for reading under a lock that is held by readers.
    private final class Shared: Sendable {
        let index: VectorIndex

        init(_ index: consuming VectorIndex) {
            self.index = index
        }
    }

    @Test func `searches and plans in several threads are what they are in one`() async throws {
        let vectors = clusteredVectors(700, dimension: 20, clusters: 9, seed: 31)
        var configuration = VectorSearchConfiguration()
        configuration.exactBelow = 0
        configuration.rowsPerBeamStep = 0
        var index = VectorIndex(dimension: 20, configuration: configuration)
        for slot in 0..<600 { try index.set(slot, vectors[slot]) }
        while index.linkedCount < 550 { index.linkNext(limit: 10) }
        let shared = Shared(index)
        let alone = try vectors.suffix(100).map { try shared.index.search($0, k: 10) }
        let plans = shared.index.slotsToLink().compactMap { shared.index.planLink($0) }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let hits = try vectors.suffix(100).map { try shared.index.search($0, k: 10) }
                    return hits == alone
                }
                group.addTask {
                    shared.index.slotsToLink().compactMap { shared.index.planLink($0) } == plans
                }
            }
            for try await isSame in group { #expect(isSame) }
        }
    }
}

@Suite struct LinkPlanTests {
    @Test func `plans of one batch may be made before any is applied`() throws {
        let sample = try GraphSample(rows: 900, dimension: 24)
        while true {
            let plans = sample.index.slotsToLink(limit: 64).compactMap { sample.index.planLink($0) }
            if plans.isEmpty { break }
            for plan in plans { sample.index.apply(plan) }
        }
        #expect(sample.linkedCount == 900)
        #expect(try sample.meanRecall(width: 64) >= 0.97)
    }

    @Test func `a plan whose row was replaced or removed does nothing`() throws {
        let sample = try GraphSample(rows: 100, dimension: 8)
        sample.index.linkNext(limit: 1)
        let plans = (10..<12).compactMap { sample.index.planLink($0) }
        try sample.set(10, [1, 2, 3, 4, 5, 6, 7, 8])
        sample.remove(11)
        let applied = plans.map { sample.index.apply($0) }
        #expect(applied == [false, false])
    }

    @Test func `a plan for a forgotten graph does nothing`() throws {
        let sample = try GraphSample(rows: 100, dimension: 8)
        sample.index.linkNext(limit: 1)
        let plans = [50, 51].compactMap { sample.index.planLink($0) }
        sample.index.forgetGraph()
        let applied = plans.map { sample.index.apply($0) }
        #expect(applied == [false, false])
    }

    @Test func `of two plans for the first node one holds, the other row is linked later`() throws {
        let sample = try GraphSample(rows: 50, dimension: 8)
        let plans = [3, 7].compactMap { sample.index.planLink($0) }
        let applied = plans.map { sample.index.apply($0) }
        #expect(applied == [true, false])
        sample.link()
        #expect(sample.linkedCount == 50)
    }

    @Test func `the only node can be linked again`() throws {
        let sample = try GraphSample(rows: 1, dimension: 8)
        sample.link()
        try sample.set(0, [1, 2, 3, 4, 5, 6, 7, 8])
        sample.link()
        #expect(sample.linkedCount == 1)
    }
}

/// An index that always takes the graph when it has one, beside the truth about its rows.
final class GraphSample {
    var index: VectorIndex
    private(set) var truth = BruteForce()
    let queries: [[Float]]

    init(rows: Int, dimension: Int) throws {
        var configuration = VectorSearchConfiguration()
        configuration.exactBelow = 0
        configuration.rowsPerBeamStep = 0
        configuration.linkingWidth = 80
        index = VectorIndex(dimension: dimension, configuration: configuration)
        let vectors = clusteredVectors(rows + 20, dimension: dimension, clusters: 12, seed: UInt64(rows))
        queries = Array(vectors.suffix(20))
        for slot in 0..<rows { try set(slot, vectors[slot]) }
    }

    func set(_ slot: Int, _ vector: [Float]) throws {
        try index.set(slot, vector)
        truth.set(slot, vector)
    }

    func remove(_ slot: Int) {
        index.remove(slot)
        truth.remove(slot)
    }

    // The expectation macros can't take an expression apart whose base can't be copied.
    var linkedCount: Int { index.linkedCount }
    var needsRebuild: Bool { index.needsRebuild }

    func link() {
        while index.linkNext() > 0 {}
    }

    /// Mean recall@10 over the queries, each under a filter of its own; also checks that k is full.
    func meanRecall(width: Int, share: Double = 1) throws -> Double {
        var random = SeededGenerator(seed: 11)
        let recalls = try queries.map { query in
            let filter = share < 1 ? random.filter(3000, share: share) : nil
            let expected = truth.scores(query, filter: filter)
            let hits = try index.search(query, k: 10, filter: filter, width: width)
            #expect(hits.count == min(10, expected.count))
            return recall(hits, expected, k: 10)
        }
        return recalls.reduce(0, +) / Double(recalls.count)
    }
}
