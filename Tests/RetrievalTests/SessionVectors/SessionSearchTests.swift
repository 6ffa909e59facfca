import ContextCore
import Runtime
import TestSupport
import Testing

@testable import Retrieval

@Suite struct SessionSearchTests {
    /// One session's life, checked against brute force after every step.
    private static func live(
        _ session: SessionVectors,
        seed: UInt64,
        dimensions: Int,
        steps: Int,
        upload: Int = 40
    ) async throws -> [String] {
        var generator = SeededGenerator(seed: seed)
        var truth = BruteForceSession()
        var complaints: [String] = []
        let directions = (0..<4).map { _ in generator.vector(dimensions) }
        for _ in 0..<steps {
            switch generator.below(8) {
            case 0:
                let ids = (0..<generator.below(30)).map { _ in generator.clientID(below: 400) }
                let before = truth.rows.count
                truth.delete(ids)
                let deleted = try await session.delete(ids)
                if deleted != before - truth.rows.count { complaints.append("\(deleted) deleted") }
            case 1...3:
                let replacing = generator.below(10) == 0
                let vectors = (0..<generator.below(upload)).map { _ in
                    generator.madeVector(dimensions, ids: 400, directions: directions)
                }
                truth.store(vectors, replacing: replacing)
                let stored = try await session.store(vectors, replacing: replacing)
                if stored.uploaded != vectors.count { complaints.append("\(stored.uploaded) uploaded") }
            default:
                let query = generator.below(3) == 0 ? generator.pick(directions) : generator.vector(dimensions)
                let count = generator.pick([1, 2, 5, 10, 37, 100])
                let threshold = generator.below(2) == 0 ? Float.random(in: 0...0.9, using: &generator) : nil
                let filter = generator.below(3) == 0 ? nil : try MetadataFilter(generator.sessionFilter())
                let found = try await session.search(query, count: count, threshold: threshold, filter: filter)
                let complaint = truth.complaint(about: found, query, count: count, threshold: threshold, filter: filter)
                if let complaint {
                    complaints.append("\(complaint) for \(count), \(threshold as Any), \(filter as Any)")
                }
            }
        }
        if session.count != truth.rows.count { complaints.append("count \(session.count)") }
        return complaints
    }

    @Test(arguments: [(1, 8), (2, 3), (3, 40)] as [(UInt64, Int)])
    func `searches equal brute force in double precision while vectors come, change and go`(
        seed: UInt64,
        dimensions: Int
    ) async throws {
        let store = SessionVectorStore(dimensions: dimensions)
        let session = store.openSession()
        #expect(try await Self.live(session, seed: seed, dimensions: dimensions, steps: 400) == [])
    }

    @Test func `so they do in sessions that live at the same time, with the same ids and in tiny slices`() async throws
    {
        var limits = SessionVectorLimits()
        (limits.productsInPlace, limits.productsPerSlice, limits.metadataBytesPerSlice) = (0, 1, 500)
        let store = SessionVectorStore(dimensions: 8, limits: limits)
        let complaints = try await withThrowingTaskGroup(of: [String].self) { group in
            for seed in 10..<18 as Range<UInt64> {
                group.addTask {
                    let session = store.openSession()
                    defer { session.close() }
                    return try await Self.live(session, seed: seed, dimensions: 8, steps: 150)
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(complaints == [])
    }

    @Test func `searches that are asked at once share passes and each gets its own answer`() async throws {
        var limits = SessionVectorLimits()
        (limits.productsInPlace, limits.productsPerSlice) = (0, 1)
        let store = SessionVectorStore(dimensions: 16, limits: limits, metrics: .init())
        let session = store.openSession()
        var generator = SeededGenerator(seed: 20)
        var made = (0..<5_000).map { MadeVector(id: .number("\($0)"), numbers: generator.vector(16)) }
        for number in made.indices where number.isMultiple(of: 7) { made[number].metadata = ["seven": true] }
        var truth = BruteForceSession()
        truth.store(made)
        for start in stride(from: 0, to: 5_000, by: 1_000) {
            try await session.store(Array(made[start..<start + 1_000]))
        }
        let queries = (0..<60).map { _ in generator.vector(16) }
        let filter = try MetadataFilter(["seven": true])
        let complaints = try await withThrowingTaskGroup(of: String?.self) { [truth] group in
            for (number, query) in queries.enumerated() {
                group.addTask {
                    let filter = number.isMultiple(of: 3) ? filter : nil
                    let found = try await session.search(query, count: 1 + number, filter: filter)
                    return truth.complaint(about: found, query, count: 1 + number, threshold: nil, filter: filter)
                }
            }
            return try await group.reduce(into: [String]()) { if let complaint = $1 { $0.append(complaint) } }
        }
        #expect(complaints == [])
        let metrics = try #require(store.metrics)
        #expect(metrics.searches.value == 60)
        #expect(metrics.turns.value < 60)
    }

    @Test func `equal scores come by id, also where the last place is shared`() async throws {
        let store = SessionVectorStore(dimensions: 2)
        let session = store.openSession()
        let ids: [ClientID] = [.string("b"), .number("10"), .string("a"), .number("9"), .string("c"), .number("-1")]
        try await session.store(ids.map { MadeVector(id: $0, numbers: [1, 1]) })
        try await session.store([
            MadeVector(id: .string("best"), numbers: [1, 0]), MadeVector(id: .string("z"), numbers: [0, 1]),
        ])
        for count in 1...8 {
            let found = try await session.search([1, 0.1], count: count)
            let expected = ["best", "-1", "9", "10", "a", "b", "c", "z"].prefix(count)
            #expect(found.hits.map(\.id.text) == Array(expected))
        }
    }

    @Test func `thousands of equal vectors are ranked by id as well, with and without a filter`() async throws {
        let store = SessionVectorStore(dimensions: 4)
        let session = store.openSession()
        var generator = SeededGenerator(seed: 21)
        for _ in 0..<3 {
            let made = (0..<1_000).map { _ in
                MadeVector(
                    id: .number("\(generator.below(100_000))"),
                    numbers: [1, 2, 3, 4],
                    metadata: ["even": .bool(generator.below(2) == 0)]
                )
            }
            try await session.store(made)
        }
        let all = try await session.search([4, 3, 2, 1], count: 100)
        #expect(all.hits.map(\.id) == all.hits.map(\.id).sorted())
        let even = try await session.search([4, 3, 2, 1], count: 100, filter: try MetadataFilter(["even": true]))
        #expect(even.hits.allSatisfy { $0.metadata == #"{"even":true}"# })
        #expect(Set(all.hits.filter { $0.metadata.contains("true") }.map(\.id)).isSubset(of: Set(even.hits.map(\.id))))
    }

    @Test(arguments: [2, 3, 5, 384])
    func `an identical vector reaches a threshold of 1, and nothing is reported below the threshold`(dimensions: Int)
        async throws
    {
        let store = SessionVectorStore(dimensions: dimensions)
        let session = store.openSession()
        var generator = SeededGenerator(seed: 22)
        for number in 0..<200 {
            var vector = generator.vector(dimensions)
            if number.isMultiple(of: 2) { vector = vector.enumerated().map { $0.offset < 2 ? 1 : 0 } }
            try await session.store([MadeVector(id: .number("\(number)"), numbers: vector)], replacing: true)
            let found = try await session.search(vector.map { $0 * 3 }, count: 1, threshold: 1)
            #expect(found.hits.map(\.score) == [1])
        }
    }

    @Test func `an empty session answers with no results`() async throws {
        let session = SessionVectorStore(dimensions: 3).openSession()
        let found = try await session.search([1, 2, 3], count: 5, threshold: 0.5, filter: try MetadataFilter(["a": 1]))
        #expect(found.hits.isEmpty)
        #expect(found.total == 0)
    }

    @Test func `what can't be searched for is refused with the value and the limit`() async {
        let session = SessionVectorStore(dimensions: 3).openSession()
        func message(_ query: [Float], _ count: Int, _ threshold: Float?) async -> String? {
            do throws(ContextError) {
                _ = try await session.search(query, count: count, threshold: threshold)
                return nil
            } catch {
                return "\(error.parameter ?? "") \(error.message)"
            }
        }
        #expect(await message([1, 2, 3], 0, nil) == "k Invalid k: 0 (must be 1 to 100)")
        #expect(await message([1, 2, 3], 101, nil) == "k Invalid k: 101 (must be 1 to 100)")
        #expect(await message([1, 2, 3], 5, -1) == "threshold Invalid threshold: -1.0 (must be 0.0 to 1.0)")
        #expect(await message([1, 2, 3], 5, 2) == "threshold Invalid threshold: 2.0 (must be 0.0 to 1.0)")
        #expect(await message([1, 2, 3], 5, .nan) == "threshold Invalid threshold: nan (must be 0.0 to 1.0)")
        #expect(await message([1, 2], 5, nil) == "queryVector Query vector: Invalid dimensions: expected 3, got 2")
        #expect(
            await message([1, .nan, 3], 5, nil)
                == "queryVector Query vector: Invalid vector values: contains NaN or Infinity"
        )
        #expect(await message([0, 0, 0], 5, nil)?.contains("all zeros") == true)
        #expect(await message([1, 2, 3], 100, 1) == nil)
    }
}
