import Runtime
import Synchronization
import Testing

@Suite struct InterruptsTests {
    @Test func `an interrupt goes to whoever takes it, and to nobody else`() async throws {
        let interrupts = Interrupts()
        let count = Atomic(0)
        #expect(!interrupts.deliver())
        try await interrupts.taken(by: { count.add(1, ordering: .relaxed) }) {
            #expect(interrupts.deliver() && interrupts.deliver())
        }
        #expect(!interrupts.deliver())
        #expect(count.load(ordering: .relaxed) == 2)
    }
}
