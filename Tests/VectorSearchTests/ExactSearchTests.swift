import TestSupport
import Testing
import VectorSearch

@Suite struct ExactSearchTests {
    @Test(arguments: [1, 2, 3, 7, 15, 16, 17, 63, 64, 65, 100, 384, 400])
    func `random rows, filters, updates and removals are answered like brute force`(dimension: Int) throws {
        var random = SeededGenerator(seed: UInt64(dimension))
        var index = VectorIndex(dimension: dimension)
        var truth = BruteForce()
        for step in 0..<400 {
            let slot = Int.random(in: 0..<250, using: &random)
            if step % 5 == 4 {
                index.remove(slot)
                truth.remove(slot)
            } else {
                let vector = random.vector(dimension)
                try index.set(slot, vector)
                truth.set(slot, vector)
            }
            guard step % 10 == 0 else { continue }
            let query = random.vector(dimension)
            let k = Int.random(in: 1...40, using: &random)
            let filter = step % 20 == 0 ? random.filter(300, share: .random(in: 0...1, using: &random)) : nil
            let hits = try index.search(query, k: k, filter: filter)
            #expect(isExact(hits, truth.scores(query, filter: filter), k: k))
        }
        let count = index.count
        #expect(count == truth.count)
    }

    @Test func `rows that differ by less than the codes can tell come in the right order`() throws {
        var random = SeededGenerator(seed: 3)
        let dimension = 384
        let centre = random.vector(dimension)
        var index = VectorIndex(dimension: dimension)
        var truth = BruteForce()
        for slot in 0..<2000 {
            let vector = centre.map { $0 + 1e-3 * random.normal() }
            try index.set(slot, vector)
            truth.set(slot, vector)
        }
        for k in [1, 10, 100] {
            let query = centre.map { $0 + 0.3 * random.normal() }
            let hits = try index.search(query, k: k)
            #expect(isExact(hits, truth.scores(query), k: k))
        }
    }

    @Test func `a spike that coarsens all other codes does not hide the best row`() throws {
        var random = SeededGenerator(seed: 4)
        let dimension = 256
        var index = VectorIndex(dimension: dimension)
        var truth = BruteForce()
        for slot in 0..<1000 {
            var vector = random.vector(dimension)
            vector[slot % dimension] = 1000
            try index.set(slot, vector)
            truth.set(slot, vector)
        }
        for _ in 0..<10 {
            let query = random.vector(dimension)
            let hits = try index.search(query, k: 10)
            #expect(isExact(hits, truth.scores(query), k: 10))
        }
    }

    @Test func `rows sorted from worst to best are answered as well`() throws {
        var index = VectorIndex(dimension: 2)
        for slot in 0..<1000 { try index.set(slot, [Float(slot), 1000]) }
        let hits = try index.search([1, 0], k: 3)
        #expect(hits.map(\.slot) == [999, 998, 997])
    }

    @Test func `equal rows come by slot`() throws {
        var index = VectorIndex(dimension: 3)
        for slot in [9, 2, 70, 5] { try index.set(slot, [1, 2, 3]) }
        let hits = try index.search([2, 4, 6], k: 3)
        #expect(hits.map(\.slot) == [2, 5, 9])
        #expect(hits.allSatisfy { $0.score == 1 })
    }

    @Test func `a minimum score counts together with the filter`() throws {
        var index = VectorIndex(dimension: 2)
        for slot in 0..<10 { try index.set(slot, [1, Float(slot)]) }
        let hits = try index.search([1, 0], k: 10, filter: Bitset([0, 2, 9]), minimumScore: 0.4)
        #expect(hits.map(\.slot) == [0, 2])
    }

    @Test func `a batch gets the answers that its queries get alone`() throws {
        var random = SeededGenerator(seed: 5)
        var index = VectorIndex(dimension: 48)
        for slot in 0..<3000 { try index.set(slot, random.vector(48)) }
        let queries = (0..<7).map { _ in random.vector(48) }
        let filter = random.filter(3000, share: 0.4)
        let together = try index.searchExactly(queries, k: 12, filter: filter)
        for (query, hits) in zip(queries, together) {
            let alone = try index.search(query, k: 12, filter: filter)
            #expect(hits == alone)
        }
    }

    @Test func `searches in pieces, each with a filter, k and minimum of its own, find what they find at once`() throws
    {
        var random = SeededGenerator(seed: 6)
        var index = VectorIndex(dimension: 20)
        for slot in 0..<3000 where slot % 5 != 0 { try index.set(slot, random.vector(20)) }
        let queries = (0..<5).map { _ in random.vector(20) }
        let filters = [nil, random.filter(3000, share: 0.01), random.filter(3000, share: 0.5), nil, Bitset()]
        let (counts, minimums) = ([1, 50, 7, 4000, 3], [-1, -1, 0.2, 0.5, -1] as [Float])
        var searches: [ExactSearch] = []
        for (number, query) in queries.enumerated() {
            let unit = try UnitVector(query)
            let (k, filter, minimum) = (counts[number], filters[number], minimums[number])
            searches.append(ExactSearch(unit, k: k, filter: filter, minimumScore: minimum, in: index))
        }
        for start in stride(from: 0, to: 3000, by: 128) {
            index.advance(searches, through: start..<min(start + 128, 3000))
        }
        for (number, query) in queries.enumerated() {
            let (k, filter, minimum) = (counts[number], filters[number], minimums[number])
            let alone = try index.search(query, k: k, filter: filter, minimumScore: minimum)
            let hits = searches[number].hits()
            #expect(hits == alone)
        }
    }

    @Test func `an empty index, k of zero and a filter without rows answer with nothing`() throws {
        var index = VectorIndex(dimension: 2)
        let empty = try index.search([1, 0], k: 5)
        #expect(empty.isEmpty)
        try index.set(0, [1, 1])
        let none = [
            try index.search([1, 0], k: 0),
            try index.search([1, 0], k: 5, filter: Bitset()),
            try index.search([1, 0], k: 5, filter: Bitset([7])),
        ]
        #expect(none == [[], [], []])
        let batch = try index.searchExactly([[1, 0]], k: 0)
        #expect(batch == [[]])
    }

    @Test(
        arguments: [
            ([1, 2], VectorError.wrongDimension(expected: 3, got: 2)),
            ([0, 0, 0], .zero),
            ([1, .nan, 0], .notFinite),
            ([1, .infinity, 0], .notFinite),
            ([-.infinity, .infinity, 0], .notFinite),
        ] as [([Float], VectorError)]
    )
    func `a vector without a direction is refused as row and as query`(vector: [Float], error: VectorError) throws {
        var index = VectorIndex(dimension: 3)
        try index.set(4, [1, 0, 0])
        #expect(throws: error) { try index.set(4, vector) }
        #expect(throws: error) { _ = try index.search(vector, k: 1) }
        let hits = try index.search([1, 0, 0], k: 1)
        #expect(hits == [VectorHit(slot: 4, score: 1)])
    }

    @Test func `the largest and smallest floats have a direction`() throws {
        var index = VectorIndex(dimension: 2)
        try index.set(0, [.greatestFiniteMagnitude, .greatestFiniteMagnitude])
        try index.set(1, [.leastNonzeroMagnitude, 0])
        let hits = try index.search([1, 1], k: 2)
        #expect(hits.map(\.slot) == [0, 1])
        #expect(abs(hits[1].score - Float(0.5).squareRoot()) < 1e-6)
    }

    @Test func `slots beyond the limit are refused`() throws {
        var configuration = VectorSearchConfiguration()
        configuration.slotLimit = 100
        var index = VectorIndex(dimension: 1, configuration: configuration)
        #expect(throws: VectorError.slotOutOfRange(slot: 100, limit: 100)) { try index.set(100, [1]) }
        #expect(throws: VectorError.slotOutOfRange(slot: -1, limit: 100)) { try index.set(-1, [1]) }
        let removed = [-1, 0, 5000].map { index.remove($0) }
        #expect(removed == [false, false, false])
    }
}
