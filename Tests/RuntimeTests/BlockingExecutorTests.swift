import Glibc
import Runtime
import Testing

@Suite(.timeLimit(.minutes(5))) struct BlockingExecutorTests {
    private let executor = BlockingExecutor(name: "test")

    @Test func `what a blocking call returns or throws arrives with its type`() async {
        #expect(await executor.run { 6 * 7 } == 42)
        struct Broken: Error, Equatable {}
        await #expect(throws: Broken()) { try await executor.run { () throws(Broken) in throw Broken() } }
    }

    @Test func `calls, and the tasks that prefer the executor, run one at a time, also after they were suspended`()
        async
    {
        let counter = UnguardedCounter()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<200 {
                group.addTask(executorPreference: executor) {
                    await counter.increment()
                    await Task.yield()
                    await counter.increment()
                }
                group.addTask { await executor.run { counter.incrementSynchronously() } }
            }
        }
        #expect(counter.value == 600)
    }
}

/// Counts wrongly, and is reported by the thread sanitizer, unless its callers take turns.
///
/// `@unchecked`: that they do is what is tested.
private final class UnguardedCounter: @unchecked Sendable {
    private(set) var value = 0

    func increment() async { incrementSynchronously() }

    func incrementSynchronously() {
        let before = value
        sched_yield()
        value = before + 1
    }
}
