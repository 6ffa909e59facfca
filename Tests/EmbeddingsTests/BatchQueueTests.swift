import TestSupport
import Testing

@testable import Embeddings

@Suite struct BatchQueueTests {
    @Test func `a lone request is computed at once and as a whole`() {
        var queue = BatchQueue(batchTokens: 100, limit: 1000)
        #expect(queue.submit(1, windowsOf: [20]) == true)
        #expect(queue.nextBatch(sharedBy: 2) == [.init(request: 1, index: 0)])
        #expect(queue.nextBatch(sharedBy: 1).isEmpty)
        #expect(queue.waitingTokens == 0)
    }

    @Test func `requests take turns, so that a small one is not behind a big one`() {
        var queue = BatchQueue(batchTokens: 60, limit: 1000)
        #expect(queue.submit(1, windowsOf: [20, 20, 20, 20]) == true)
        #expect(queue.submit(2, windowsOf: [20]) == true)
        #expect(queue.nextBatch(sharedBy: 1).map(\.request) == [1, 2, 1])
        #expect(queue.nextBatch(sharedBy: 1).map(\.index) == [2, 3])
    }

    @Test func `workers without work share what waits`() {
        var queue = BatchQueue(batchTokens: 100, limit: 1000)
        #expect(queue.submit(1, windowsOf: [20, 20, 20, 20]) == true)
        #expect(queue.nextBatch(sharedBy: 2).map(\.index) == [0, 1])
        #expect(queue.nextBatch(sharedBy: 1).map(\.index) == [2, 3])
    }

    @Test func `a window longer than a batch goes alone`() {
        var queue = BatchQueue(batchTokens: 10, limit: 1000)
        #expect(queue.submit(1, windowsOf: [256, 4, 4, 4]) == true)
        #expect(queue.nextBatch(sharedBy: 1).map(\.index) == [0])
        #expect(queue.nextBatch(sharedBy: 1).map(\.index) == [1, 2])
    }

    @Test func `a full queue refuses, but an empty one takes anything`() {
        var queue = BatchQueue(batchTokens: 10, limit: 100)
        #expect(queue.submit(1, windowsOf: [200]) == true)
        #expect(queue.submit(2, windowsOf: [1]) == false)
        #expect(queue.nextBatch(sharedBy: 1).count == 1)
        #expect(queue.submit(2, windowsOf: [1]) == true)
    }

    @Test func `a removed request leaves nothing behind`() {
        var queue = BatchQueue(batchTokens: 10, limit: 100)
        #expect(queue.submit(1, windowsOf: [5, 5, 5]) == true)
        #expect(queue.submit(2, windowsOf: [5]) == true)
        _ = queue.nextBatch(sharedBy: 3)
        queue.remove(1)
        #expect(queue.waitingTokens == 5)
        let rest = queue.nextBatch(sharedBy: 1)
        #expect(rest == [.init(request: 2, index: 0)])
        queue.remove(7)
        #expect(queue.waitingWindows == 0)
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `whatever comes, each window is computed once unless its request was removed`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var queue = BatchQueue(batchTokens: 50, limit: 1_000)
        var expected: [UInt64: Int] = [:]
        var removed: Set<UInt64> = []
        var taken: [UInt64: [Int]] = [:]
        for id in 0..<200 as Range<UInt64> {
            let lengths = (0..<Int.random(in: 1...6, using: &generator)).map { _ in
                Int.random(in: 1...30, using: &generator)
            }
            if queue.submit(id, windowsOf: lengths) { expected[id] = lengths.count }
            if Int.random(in: 0..<3, using: &generator) == 0 {
                let victim = UInt64.random(in: 0...id, using: &generator)
                queue.remove(victim)
                removed.insert(victim)
            }
            for item in queue.nextBatch(sharedBy: Int.random(in: 1...3, using: &generator)) {
                taken[item.request, default: []].append(item.index)
            }
        }
        while queue.waitingWindows > 0 {
            for item in queue.nextBatch(sharedBy: 1) { taken[item.request, default: []].append(item.index) }
        }
        #expect(queue.waitingTokens == 0)
        for (id, count) in expected {
            let indices = taken[id] ?? []
            #expect(indices == Array(0..<indices.count))
            #expect(indices.count == count || removed.contains(id))
        }
    }
}

@Suite struct WindowPlanTests {
    @Test(arguments: [1, 253, 254, 255, 508, 509, 1000, 4321])
    func `windows are as few as hold the text, of nearly equal length, and leave nothing out`(count: Int) {
        let windows = WindowPlan.windows(of: Array(repeating: 5, count: count), limit: 254) { _ in false }
        #expect(windows.count == (count + 253) / 254)
        #expect(windows.flatMap(\.self) == Array(0..<count))
        let lengths = windows.map(\.count)
        #expect((lengths.max() ?? 0) - (lengths.min() ?? 0) <= 1)
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `a cut moves to the start of a word when one is near, and no window is too long`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let ids = (0..<Int.random(in: 1...900, using: &generator)).map { _ in Int32.random(in: 0...3, using: &generator)
        }
        let windows = WindowPlan.windows(of: ids, limit: 50) { $0 != 0 }
        #expect(windows.flatMap(\.self) == Array(ids.indices))
        #expect(windows.allSatisfy { $0.count <= 50 })
        #expect(windows.count == (ids.count + 49) / 50)
    }
}
