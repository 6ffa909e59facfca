import TestSupport
import Testing

@testable import Runtime

/// What grows with requests has a bound.
@Suite struct BoundedMemoryTests {
    @Test func `a gate keeps no key that nobody holds`() async throws {
        let gate = KeyedGate()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<500 {
                group.addTask { try await gate.withKey("key \(number % 50)") { await Task.yield() } }
            }
            try await group.waitForAll()
        }
        #expect(gate.heldKeys == 0)
        let held = try await gate.withKey("a") { try await gate.withKey("b") { gate.heldKeys } }
        #expect(held == 2 && gate.heldKeys == 0)
    }

    @Test func `a map of recent keys forgets the one that was used longest ago`() {
        var map = RecentMap<Int, String>(capacity: 3)
        for key in 1...3 { map.insert("\(key)", for: key) }
        #expect(map.value(for: 1) == "1")
        map.insert("4", for: 4)
        #expect(map.value(for: 2) == nil && map.count == 3)
        #expect(map.value(for: 1) == "1" && map.value(for: 3) == "3" && map.value(for: 4) == "4")
        map.insert("one", for: 1)
        #expect(map.count == 3 && map.value(for: 1) == "one")
        for key in 0..<10_000 { map.insert("", for: key) }
        #expect(map.count == 3)
    }

    @Test(.timeLimit(.minutes(1))) func `work beyond its time is cancelled, and work within it is not`() async throws {
        let slow = try await limited(to: .milliseconds(20)) {
            try await Task.sleep(for: .seconds(600))
            return 1
        }
        #expect(slow == nil)
        #expect(try await limited(to: .seconds(60)) { 7 } == 7)
        await #expect(throws: CancellationError.self) {
            try await limited(to: .seconds(60)) { () -> Int in throw CancellationError() }
        }
    }

    @Test(.timeLimit(.minutes(1))) func `a pause ends in its time, or at once when it is cancelled`() async throws {
        let start = MonotonicTime.now
        try await Task.pause(for: .milliseconds(30))
        #expect(MonotonicTime.now.seconds(since: start) >= 0.03)
        try await Task.pause(for: .zero)
        let task = Task { try await Task.pause(for: .seconds(600)) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        let late = Task { () async throws -> Void in
            while !Task.isCancelled { await Task.yield() }
            try await Task.pause(for: .seconds(600))
        }
        late.cancel()
        await #expect(throws: CancellationError.self) { try await late.value }
    }

    @Test(.timeLimit(.minutes(1))) func `a cancelled pause is held by nobody`() async throws {
        weak var left: Pause?
        let task: Task<Void, any Error>
        do {
            let pause = Pause()
            left = pause
            task = Task { try await pause.wait(for: .seconds(600)) }
        }
        try await Task.sleep(for: .milliseconds(20))
        #expect(left != nil)
        task.cancel()
        _ = await task.result
        try await eventually { left == nil }
    }
}
