import Synchronization
import TestSupport
import Testing

@testable import Runtime

@Suite(.timeLimit(.minutes(1))) struct KeyedGateTests {
    private let gate = KeyedGate()

    @Test func `a key is held by one at a time, in the order of arrival`() async throws {
        let visits = Visits()
        let (holder, release) = await hold("key")
        var waiters: [Task<Void, any Error>] = []
        for number in 0..<20 {
            waiters.append(Task { try await gate.withKey("key") { visits.order.withLock { $0.append(number) } } })
            try await expectWaiting(number + 1)
        }
        release.open()
        for task in waiters + [holder] { try await task.value }
        #expect(visits.order.withLock(\.self) == Array(0..<20))
        #expect(gate.heldKeys == 0)
    }

    @Test func `who is cancelled leaves at once, though the key is held, and the next has its turn`() async throws {
        let (holder, release) = await hold("key")
        let leaving = Task { try await gate.withKey("key") { Issue.record("its turn never came") } }
        try await expectWaiting(1)
        let staying = Task { try await gate.withKey("key") { true } }
        try await expectWaiting(2)
        leaving.cancel()
        await #expect(throws: CancellationError.self) { try await leaving.value }
        #expect(gate.waiting("key") == 1)
        release.open()
        #expect(try await staying.value)
        try await holder.value
        #expect(gate.heldKeys == 0)
    }

    @Test func `whoever is cancelled, and whenever, no key is held twice and none stays held`() async throws {
        let visits = Visits()
        for seed in 0..<20 {
            let tasks = (0..<100).map { number in
                Task {
                    let key = "\((number + seed) % 3)"
                    try await gate.withKey(key) {
                        #expect(visits.inside.withLock { $0.insert(key).inserted })
                        await Task.yield()
                        visits.inside.withLock { _ = $0.remove(key) }
                    }
                }
            }
            for task in tasks where Bool.random() {
                task.cancel()
                await Task.yield()
            }
            for task in tasks { _ = await task.result }
            #expect(gate.heldKeys == 0)
        }
    }

    /// Holds a key until the latch is opened.
    private func hold(_ key: String) async -> (Task<Void, any Error>, release: Latch<Void>) {
        let (entered, release) = (Latch<Void>(), Latch<Void>())
        let holder = Task {
            try await gate.withKey(key) {
                entered.open()
                try await release.wait()
            }
        }
        await entered.opened()
        return (holder, release)
    }

    private func expectWaiting(_ count: Int) async throws {
        try await eventually { gate.waiting("key") == count }
    }
}

private final class Visits: Sendable {
    let order = Mutex<[Int]>([])
    let inside = Mutex<Set<String>>([])
}
