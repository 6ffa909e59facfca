import CBeast
import Synchronization

/// The peer is gone, or the server has cut the connection.
package struct ConnectionClosed: Error, Equatable, CustomStringConvertible {
    package init() {}
    package var description: String { "the connection is closed" }
}

/// Suspends the writers of one connection while more than the high-water mark is unsent.
///
/// The transport says "full" of a write and later calls ``drained()``. In between the writer has to go to sleep, and the
/// call may come first: each call therefore begins a new era, and a writer sleeps only if the era is still the one in
/// which it wrote.
final class Backpressure: Sendable {
    private typealias Writer = CheckedContinuation<Void, any Error>

    private struct State {
        var era: UInt64 = 0
        var isClosed = false
        var writers: [UInt64: Writer] = [:]
        var next: UInt64 = 0
    }

    private let state = Mutex(State())

    /// Writes, and returns when the next write may come.
    func send(_ write: () -> Int32) async throws {
        try Task.checkCancellation()
        let era = state.withLock(\.era)
        switch write() {
        case Int32(BEAST_DONE): return
        case Int32(BEAST_FULL): try await sleep(since: era)
        default: throw ConnectionClosed()
        }
    }

    func drained() {
        let writers = state.withLock { state in
            state.era += 1
            defer { state.writers = [:] }
            return state.writers
        }
        for writer in writers.values { writer.resume() }
    }

    func close() {
        let writers = state.withLock { state in
            state.isClosed = true
            defer { state.writers = [:] }
            return state.writers
        }
        for writer in writers.values { writer.resume(throwing: ConnectionClosed()) }
    }

    private func sleep(since era: UInt64) async throws {
        let id = state.withLock { state in
            state.next += 1
            return state.next
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (writer: Writer) in
                let now: Result<Void, any Error>? = state.withLock { state in
                    if state.isClosed { return .failure(ConnectionClosed()) }
                    if state.era != era { return .success(()) }
                    if Task.isCancelled { return .failure(CancellationError()) }
                    state.writers[id] = writer
                    return nil
                }
                if let now { writer.resume(with: now) }
            }
        } onCancel: {
            state.withLock { $0.writers.removeValue(forKey: id) }?.resume(throwing: CancellationError())
        }
    }
}
