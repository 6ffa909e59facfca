import CCurl
import Runtime
import Synchronization

/// One request under way: the meeting point of the task that reads and the thread that receives.
///
/// `@unchecked`: the state is behind the mutex; `easy` and what hangs on it is touched on the client's thread only.
final class Transfer: @unchecked Sendable {
    let request: ClientRequest
    let timeouts: ClientConfiguration.Timeouts
    private let loop: CurlLoop
    private let shared: Mutex<Shared>

    // The client's thread only.
    var easy: EasyHandle?
    var began = MonotonicTime.now
    /// Whether the loop knows already that the reader is to be woken.
    var isNoted = false

    private struct Shared {
        var state: TransferState
        /// Counts changes, so that a reader sees one that came between its look and its sleep.
        var era: UInt64 = 0
        var reader: CheckedContinuation<Void, Never>?
    }

    init(_ request: ClientRequest, _ configuration: ClientConfiguration, _ loop: CurlLoop) {
        self.request = request
        timeouts = configuration.timeouts
        self.loop = loop
        shared = Mutex(Shared(state: TransferState(limits: configuration.limits)))
    }

    // MARK: The reader

    func head() async throws -> ClientResponse.Head {
        try await wait { $0.headStep() }
    }

    /// - Parameter limit: how long the reader will wait; a transfer that keeps it waiting longer fails as silent.
    func chunk(within limit: Duration? = nil) async throws -> [UInt8]? {
        let deadline = limit.map { MonotonicTime.now.advanced(by: $0) }
        defer { if deadline != nil { shared.withLock { $0.state.deadline = nil } } }
        return try await wait { [loop] state in
            state.deadline = deadline
            let (step, resumes) = state.chunkStep()
            if resumes { loop.perform(.resume(self)) }
            return step
        }
    }

    /// Ends the transfer now, whatever it is doing; its connection is closed unless it was through.
    func cancel() {
        let wasFinished = shared.withLock { shared in
            shared.era += 1
            defer { shared.state.cancel() }
            return shared.state.isFinished
        }
        wake()
        if !wasFinished { loop.perform(.cancel(self)) }
    }

    /// Ends a transfer that the loop has not begun, or can't begin.
    func finish(_ result: Result<Void, any Error>) {
        shared.withLock { shared in
            shared.era += 1
            shared.state.finish(result)
        }
        wake()
    }

    var isFinished: Bool { shared.withLock { $0.state.isFinished } }

    /// Lets the reader look again.
    func wake() {
        shared.withLock { $0.reader.take() }?.resume()
    }

    private func wait<Value>(_ step: (inout TransferState) -> TransferState.Step<Value>) async throws -> Value {
        while true {
            let (result, era) = shared.withLock { (step(&$0.state), $0.era) }
            switch result {
            case .ready(let value): return value
            case .failed(let error): throw error
            case .wait: await sleep(since: era)
            }
        }
    }

    private func sleep(since era: UInt64) async {
        await withCheckedContinuation { (reader: CheckedContinuation<Void, Never>) in
            let hasChanged = shared.withLock { shared in
                if shared.era == era { shared.reader = reader }
                return shared.era != era
            }
            if hasChanged { reader.resume() }
        }
    }

    // MARK: The client's thread

    /// Changes the state; the loop wakes the reader a little later.
    @discardableResult func change<Value>(_ body: (inout TransferState) -> sending Value) -> Value {
        loop.note(self)
        return shared.withLock { shared in
            shared.era += 1
            return body(&shared.state)
        }
    }

    /// Which limit of time is over, if any.
    func expired(at now: MonotonicTime) -> HTTPClientError? {
        let (hasHead, silence, deadline) = shared.withLock { shared in
            (shared.state.head != nil, shared.state.silence(at: now), shared.state.deadline)
        }
        if let deadline, now.seconds(since: deadline) > 0 {
            return HTTPClientError(.silence, "\(request.address) did not send what was waited for in time")
        }
        if let total = timeouts.total, now.seconds(since: began) > total.seconds {
            return HTTPClientError(.totalTimeout, "\(request.address) took longer than \(total)")
        }
        if !hasHead, now.seconds(since: began) > timeouts.firstByte.seconds {
            return HTTPClientError(.firstByteTimeout, "\(request.address) did not answer within \(timeouts.firstByte)")
        }
        if silence > timeouts.silence.seconds {
            return HTTPClientError(
                .silence,
                "\(request.address) was silent for \(timeouts.silence) in the middle of its answer"
            )
        }
        return nil
    }
}

extension Duration {
    fileprivate var seconds: Double { self / .seconds(1) }
}
