import ContextCore
import Testing

@testable import Retrieval

@Suite struct SessionStoringTests {
    private func vectors(_ ids: some Sequence<Int>, _ dimensions: Int = 4) -> [MadeVector] {
        ids.map { number in
            MadeVector(id: .number("\(number)"), numbers: (0..<dimensions).map { Float(number * 7 + $0 + 1) })
        }
    }

    private func message(_ body: () async throws(ContextError) -> Void) async -> String? {
        do throws(ContextError) {
            try await body()
            return nil
        } catch {
            return error.message
        }
    }

    @Test func `a bad vector is rejected alone and says why`() async throws {
        let session = SessionVectorStore(dimensions: 2).openSession()
        let upload = VectorUpload(
            rows: [
                .init(id: .string("good"), metadata: "{}"),
                .init(id: .string("nan")),
                .init(id: .string("infinite")),
                .init(id: .number("7")),
                .init(id: .string("fits"), metadata: String(repeating: "m", count: 10_240)),
                .init(id: .string("large"), metadata: String(repeating: "m", count: 10_241)),
                .init(id: .string(String(repeating: "i", count: 1_025))),
            ],
            numbers: [1, 2, .nan, 1, 1, .infinity, 0, 0, 1, 1, 1, 1, 1, 1]
        )
        let stored = try await session.store(upload, replacing: false)
        #expect(stored.uploaded == 2)
        #expect(
            stored.rejected.map { $0.fault.sentence(for: $0.id) } == [
                "Vector nan: Invalid vector values: contains NaN or Infinity",
                "Vector infinite: Invalid vector values: contains NaN or Infinity",
                "Vector 7: Invalid vector values: all zeros, which have no direction to compare",
                "Vector large: Metadata too large: 10241 bytes (max: 10240 bytes)",
                "Vector \(String(repeating: "i", count: 80))…: Id too long: 1025 bytes (max: 1024 bytes)",
            ]
        )
        #expect(session.count == 2)
        #expect(
            VectorFault.dimensions(expected: 384, got: 256).sentence(for: .string("chunk_0"))
                == "Vector chunk_0: Invalid dimensions: expected 384, got 256"
        )
    }

    @Test func `of equal ids in one message the last good one stays, and all that were taken count`() async throws {
        let session = SessionVectorStore(dimensions: 2).openSession()
        let stored = try await session.store([
            MadeVector(id: .string("a"), numbers: [1, 0], metadata: ["n": 1]),
            MadeVector(id: .string("a"), numbers: [0, 1], metadata: ["n": 2]),
            MadeVector(id: .string("a"), numbers: [0, 0], metadata: ["n": 3]),
        ])
        #expect(stored.uploaded == 2)
        #expect(stored.rejected.count == 1)
        let found = try await session.search([0, 1], count: 5)
        #expect(found.hits == [.init(id: .string("a"), score: 1, metadata: #"{"n":2}"#)])
    }

    @Test func `a bad vector leaves the one that its id has`() async throws {
        let session = SessionVectorStore(dimensions: 2).openSession()
        try await session.store([MadeVector(id: .string("a"), numbers: [1, 0])])
        try await session.store([MadeVector(id: .string("a"), numbers: [.nan, 0])])
        #expect(try await session.search([1, 0], count: 1).hits.map(\.score) == [1])
    }

    @Test func `a full session refuses the whole message, and replaces what it has`() async throws {
        var limits = SessionVectorLimits()
        limits.vectorsPerSession = 10
        let session = SessionVectorStore(dimensions: 4, limits: limits).openSession()
        try await session.store(vectors(0..<9))
        #expect(
            await message { () async throws(ContextError) in try await session.store(self.vectors(8..<11)) }
                == "Session vector limit reached: 10"
        )
        #expect(session.count == 9)
        // One is new, nine are not, and the bad one does not count.
        let bad = MadeVector(id: .string("bad"), numbers: [0, 0, 0, 0])
        #expect(try await session.store(vectors(0..<10) + [bad]).uploaded == 10)
        #expect(
            await message { () async throws(ContextError) in
                try await session.store(self.vectors(20..<31), replacing: true)
            } == "Session vector limit reached: 10"
        )
        #expect(session.count == 10)
        #expect(try await session.store(vectors(20..<30), replacing: true).uploaded == 10)
        #expect(try await session.delete([.number("20"), .number("0"), .number("20")]) == 1)
        #expect(session.count == 9)
    }

    @Test func `a full memory refuses the whole message, and is free again when a session closes`() async throws {
        var limits = SessionVectorLimits()
        limits.memoryBytes = 3_000_000
        let store = SessionVectorStore(dimensions: 384, limits: limits)
        let (first, second) = (store.openSession(), store.openSession())
        try await first.store(vectors(0..<1_000, 384))
        let use = store.memoryUse
        #expect(use > 1_900_000 && use < 2_300_000)
        let refusal = await message { () async throws(ContextError) in
            try await second.store(self.vectors(0..<1_000, 384))
        }
        #expect(refusal?.contains("all sessions together hold 3000000 bytes") == true)
        #expect(second.count == 0)
        #expect(store.memoryUse == use)
        // What is replaced needs no more.
        #expect(try await first.store(vectors(0..<1_000, 384)).uploaded == 1_000)
        #expect(try await first.store(vectors(500..<1_500, 384), replacing: true).uploaded == 1_000)
        first.close()
        await store.reclaimed()
        #expect(store.memoryUse == 0)
        try await second.store(vectors(0..<1_000, 384))
        #expect(second.count == 1_000)
    }

    @Test func `accounting returns to zero when all is deleted, replaced by nothing, closed or dropped`() async throws {
        let store = SessionVectorStore(dimensions: 4)
        let session = store.openSession()
        try await session.store(vectors(0..<100))
        _ = try await session.search([1, 2, 3, 4], count: 1, filter: try MetadataFilter(["a": 1]))
        #expect(store.memoryUse > 0)
        #expect(try await session.delete((0..<100).map { .number("\($0)") }) == 100)
        #expect(store.memoryUse == 0)
        try await session.store(vectors(0..<100))
        try await session.store([], replacing: true)
        #expect(store.memoryUse == 0)
        try await session.store(vectors(0..<100))
        var dropped: SessionVectors? = store.openSession()
        try await dropped?.store(vectors(0..<100))
        #expect(store.sessions == 2)
        dropped = nil
        session.close()
        session.close()
        await store.reclaimed()
        #expect(store.memoryUse == 0)
        #expect(store.sessions == 0)
    }

    @Test func `a closed session refuses`() async throws {
        let session = SessionVectorStore(dimensions: 4).openSession()
        try await session.store(vectors(0..<10))
        session.close()
        let closed = "The session is closed, and its vectors are gone."
        #expect(await message { () async throws(ContextError) in try await session.store([]) } == closed)
        #expect(await message { () async throws(ContextError) in _ = try await session.delete([]) } == closed)
        #expect(
            await message { () async throws(ContextError) in _ = try await session.search([1, 2, 3, 4], count: 1) }
                == closed
        )
        #expect(session.count == 0)
    }

    @Test func `closing in the middle of everything leaves nobody waiting and nothing behind`() async throws {
        var limits = SessionVectorLimits()
        (limits.productsInPlace, limits.productsPerSlice) = (0, 1)
        let store = SessionVectorStore(dimensions: 4, limits: limits)
        for _ in 0..<20 {
            let session = store.openSession()
            for start in 0..<3 { try await session.store(vectors(start * 1_000..<start * 1_000 + 1_000)) }
            await withTaskGroup { group in
                for number in 0..<20 {
                    group.addTask {
                        if number.isMultiple(of: 5) {
                            _ = try? await session.delete([.number("\(number)")])
                        } else {
                            _ = try? await session.search([1, 2, 3, 4], count: 3)
                        }
                    }
                }
                group.addTask { session.close() }
            }
        }
        await store.reclaimed()
        #expect(store.memoryUse == 0)
        #expect(store.sessions == 0)
    }
}
