import Synchronization
import Testing

@testable import SQL

@Suite(.timeLimit(.minutes(5))) struct PoolTests {
    @Test func `a thousand tasks, some of them cancelled, never hold more than there is and all end`() async throws {
        let made = Counter()
        let held = Ledger()
        let pool = Pool<Int>(maximum: 3) { made.next() }
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<1_000 {
                group.addTask {
                    if number % 7 == 0 { withUnsafeCurrentTask { $0?.cancel() } }
                    guard let resource = try? await pool.acquire() else { return }
                    #expect(held.insert(resource))
                    await Task.yield()
                    held.remove(resource)
                    pool.giveBack(resource)
                }
            }
            for await _ in group {}
        }
        #expect(made.next() <= 4)
        #expect(await pool.close().count <= 3)
    }

    @Test func `a task that waits throws when it is cancelled, and its place goes to the next`() async throws {
        let pool = Pool<Int>(idle: [1], maximum: 1) { 2 }
        let resource = try await pool.acquire()
        let cancelled = Task { try await pool.acquire() }
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        async let next = pool.acquire()
        pool.giveBack(resource)
        #expect(try await next == 1)
    }

    @Test func `one that cannot be made is an error for its holder and a chance for the next`() async throws {
        struct Broken: Error {}
        let attempts = Counter()
        let pool = Pool<Int>(maximum: 1) {
            guard attempts.next() > 1 else { throw Broken() }
            return 7
        }
        await #expect(throws: Broken.self) { try await pool.acquire() }
        #expect(try await pool.acquire() == 7)
    }
}

private final class Counter: Sendable {
    private let value = Atomic(0)

    /// Counts up from 1.
    func next() -> Int { value.add(1, ordering: .relaxed).newValue }
}

private final class Ledger: Sendable {
    private let held = Mutex(Set<Int>())

    /// `false` if somebody else holds it.
    func insert(_ resource: Int) -> Bool { held.withLock { $0.insert(resource).inserted } }
    func remove(_ resource: Int) { held.withLock { _ = $0.remove(resource) } }
}
