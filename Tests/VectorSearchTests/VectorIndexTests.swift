import Testing
import VectorSearch

@Suite struct VectorIndexTests {
    @Test func `a slot gives its vector back as a unit vector, and none when it has none`() throws {
        var index = VectorIndex(dimension: 2)
        index.reserve(100)
        try index.set(5, [3, 4])
        let vectors = [index.vector(5), index.vector(4), index.vector(-1), index.vector(1000)]
        #expect(vectors == [[0.6, 0.8], nil, nil, nil])
        let isThere = [index.contains(5), index.contains(4)]
        #expect(isThere == [true, false])
        let live = index.live
        #expect(live == Bitset([5]))
    }

    @Test func `memory grows with the rows and holds them across every way of growing`() throws {
        var index = VectorIndex(dimension: 512)
        let empty = index.memoryUse
        // Through the threshold of one megabyte, from which arrays are grown by remapping.
        for slot in 0..<3000 {
            var vector = [Float](repeating: 0, count: 512)
            vector[slot % 512] = 1
            vector[(slot / 512 + slot + 1) % 512] += 0.5
            try index.set(slot, vector)
        }
        let full = index.memoryUse
        #expect(full - empty >= 3000 * 512 * 5)
        for slot in stride(from: 0, to: 3000, by: 500) {
            let vector = index.vector(slot) ?? []
            let hits = try index.search(vector, k: 1)
            #expect(hits == [VectorHit(slot: slot, score: 1)])
        }
    }

    @Test func `memory is foretold to the byte`() {
        var index = VectorIndex(dimension: 300)
        for slots in [1, 2, 700, 701, 1_000, 5_000, 4_000, 5_100] {
            let foretold = index.memoryUse(slots: slots)
            index.reserve(slots)
            let use = index.memoryUse
            #expect(use == foretold)
        }
    }
}
