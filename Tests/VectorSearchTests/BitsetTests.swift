import TestSupport
import Testing
import VectorSearch

@Suite struct BitsetTests {
    @Test func `it agrees with a set of integers under random operations`() {
        var random = SeededGenerator(seed: 1)
        var bits = Bitset()
        var set: Set<Int> = []
        for _ in 0..<2000 {
            let slot = Int.random(in: 0..<300, using: &random)
            if Bool.random(using: &random) {
                #expect(bits.insert(slot) == set.insert(slot).inserted)
            } else {
                #expect(bits.remove(slot) == (set.remove(slot) != nil))
            }
        }
        #expect(Array(bits) == set.sorted())
        #expect(bits.count == set.count)
    }

    @Test func `sets of different lengths combine`() {
        let short = Bitset([1, 5, 63])
        let long = Bitset([5, 64, 200])
        #expect(Array(short.union(long)) == [1, 5, 63, 64, 200])
        #expect(Array(long.union(short)) == [1, 5, 63, 64, 200])
        #expect(Array(short.intersection(long)) == [5])
        #expect(Array(short.subtracting(long)) == [1, 63])
        #expect(Array(long.subtracting(short)) == [64, 200])
        #expect(short.intersectionCount(long) == 1)
    }

    @Test(arguments: [0, 1, 63, 64, 65, 128, 130])
    func `a complement has exactly the other slots below the capacity`(capacity: Int) {
        let odd = Bitset((0..<300).filter { $0 % 2 == 1 })
        #expect(Array(odd.complement(capacity: capacity)) == (0..<capacity).filter { $0 % 2 == 0 })
        #expect(Bitset(all: 0..<capacity).count == capacity)
    }

    @Test func `a range may begin anywhere`() {
        #expect(Array(Bitset(all: 60..<70)) == Array(60..<70))
        #expect(Bitset(all: 5..<5).isEmpty)
    }

    @Test func `trailing zeros change neither equality nor hash`() {
        var long = Bitset([3, 500])
        long.remove(500)
        #expect(long == Bitset([3]))
        #expect(long.hashValue == Bitset([3]).hashValue)
        #expect(Bitset([3, 500]) != Bitset([3]))
        #expect(Bitset(capacity: 1000) == Bitset())
    }

    @Test func `slots beyond the capacity are not in the set, and nothing is below zero`() {
        let bits = Bitset([1])
        #expect(!bits.contains(1_000_000))
        #expect(!bits.contains(-1))
        #expect(Bitset([1]).isSubset(of: Bitset([1, 99])))
        #expect(!Bitset([1, 99]).isSubset(of: Bitset([1])))
    }
}
