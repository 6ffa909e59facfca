import Runtime
import Testing

@Suite(.timeLimit(.minutes(5))) struct LatchTests {
    @Test func `everybody gets the first value, before and after`() async throws {
        let latch = Latch<Int>()
        async let early = latch.wait()
        async let patient = latch.opened()
        #expect(latch.open(1))
        #expect(!latch.open(2))
        #expect(try await early == 1)
        #expect(await patient == 1)
        #expect(try await latch.wait() == 1)
        #expect(latch.value == 1)
    }

    @Test func `a cancelled wait throws, also when it was cancelled before it began`() async throws {
        let latch = Latch<Void>()
        let waiting = Task { try await latch.wait() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
    }
}
