import ContextCore
import Testing

@testable import ContextEngine

/// What is remembered of texts, for how long, and how much of it.
@Suite struct VectorMemoryTests {
    private func moment(_ seconds: Int) -> Timestamp { start.adding(seconds: seconds) }

    @Test func `a vector is given out until its time is over`() {
        var memory = VectorMemory(capacity: 8, timeToLive: 60)
        memory.insert([1], for: "a", at: start)
        #expect(memory.vector(for: "a", at: moment(59)) == [1])
        #expect(memory.vector(for: "a", at: moment(60)) == nil)
        #expect(memory.vector(for: "b", at: start) == nil)
    }

    @Test func `use does not make a vector younger`() {
        var memory = VectorMemory(capacity: 2, timeToLive: 60)
        memory.insert([1], for: "a", at: start)
        memory.insert([2], for: "b", at: moment(30))
        #expect(memory.vector(for: "a", at: moment(30)) == [1])
        #expect(memory.vector(for: "a", at: moment(61)) == nil)
    }

    @Test func `what is used stays, and what is not goes when others come`() {
        var memory = VectorMemory(capacity: 8, timeToLive: 60)
        memory.insert([0], for: "used", at: start)
        memory.insert([0], for: "unused", at: start)
        for number in 0..<40 {
            memory.insert([1], for: "\(number)", at: start)
            #expect(memory.vector(for: "used", at: start) == [0])
        }
        #expect(memory.vector(for: "unused", at: start) == nil)
    }

    @Test func `a time to live of nothing remembers nothing`() {
        var memory = VectorMemory(capacity: 8, timeToLive: 0)
        memory.insert([1], for: "a", at: start)
        #expect(memory.vector(for: "a", at: start) == nil)
    }
}
