package import Runtime
import Synchronization

/// The way to one model: its queue, its circuit breaker, and the pause that its provider asked for.
///
/// A request that finds the lane free goes straight through, at the cost of two locks.
package final class ModelLane: Sendable {
    package let model: any LanguageModel
    private let configuration: RouterConfiguration
    private let metrics: LaneMetrics
    private let state: Mutex<State>

    private struct State {
        var queue: FairQueue<UInt64>
        var breaker: CircuitBreaker
        var lastFailure: String?
        var resumes: MonotonicTime?
        var bells: [UInt64: Bell] = [:]
        var lastTicket: UInt64 = 0

        /// Those who may run now, by their bells.
        mutating func admit(at now: MonotonicTime) -> [Bell] {
            if let resumes, now < resumes { return [] }
            resumes = nil
            return queue.admit().compactMap { bells[$0] }
        }
    }

    /// - Parameter label: the model in metrics; `nil` for its name.
    package init(
        _ model: any LanguageModel,
        label: String? = nil,
        configuration: RouterConfiguration = RouterConfiguration(),
        metrics: Metrics = Metrics()
    ) {
        self.model = model
        self.configuration = configuration
        self.metrics = LaneMetrics(metrics, label ?? model.name.description)
        state = Mutex(
            State(
                queue: FairQueue(limit: configuration.concurrentRequests),
                breaker: CircuitBreaker(failures: configuration.failuresUntilRest, rest: configuration.rest)
            )
        )
    }

    /// Requests that wait for their turn.
    package var waitingCount: Int { state.withLock(\.queue.waitingCount) }

    /// Whether the provider is left alone after failures.
    package var isResting: Bool { state.withLock(\.breaker.isOpen) }

    /// One attempt, once the request has its turn.
    ///
    /// - Parameters:
    ///   - key: whose turn it is, for fairness.
    ///   - first: the request had its turn and has to try again.
    ///   - throughPauses: whether it also waits while the provider has asked for a pause.
    ///   - queued: told the position whenever it changes while the request waits.
    /// - Throws: ``ModelError``, `CancellationError`, or what `queued` and `receive` throw.
    func attempt(
        _ request: ModelRequest,
        for key: String,
        first: Bool,
        until deadline: MonotonicTime,
        throughPauses: Bool = true,
        queued: (Int) async throws -> Void,
        _ receive: (ModelEvent) async throws -> Void
    ) async throws {
        let ticket = try enter(key, first: first)
        defer { leave(ticket) }
        try await wait(ticket, until: deadline, throughPauses: throughPauses, queued)
        if let rest = state.withLock({ $0.breaker.permits(at: .now) }) {
            throw ModelError(
                .suspended,
                model.name,
                "it failed repeatedly and is left alone for a while; the last time: \(lastFailure)",
                retryAfter: rest
            )
        }
        try await respond(to: request, receive)
    }

    private func respond(to request: ModelRequest, _ receive: (ModelEvent) async throws -> Void) async throws {
        let start = MonotonicTime.now
        var hasBegun = false
        do {
            try await model.respond(to: request) { event in
                if !hasBegun { metrics.firstToken.record(MonotonicTime.now.seconds(since: start)) }
                hasBegun = true
                if case .finished(_, let usage) = event { metrics.count(usage) }
                try await receive(event)
            }
            metrics.answered.increment()
            state.withLock { $0.breaker.succeeded() }
        } catch let error as ModelError {
            metrics.failed.increment()
            note(error)
            throw error
        } catch {
            // The caller has gone; that the provider was at work shows that it lives.
            if hasBegun { state.withLock { $0.breaker.succeeded() } }
            throw error
        }
    }

    private func note(_ error: ModelError) {
        let now = MonotonicTime.now
        state.withLock { state in
            switch error.kind {
            case .rateLimited, .overloaded:
                guard let pause = error.retryAfter else { return }
                state.resumes = max(state.resumes ?? now, now.advanced(by: min(pause, configuration.longestWait)))
            case .unreachable, .connectTimeout, .firstTokenTimeout, .silence, .connectionLost, .malformed, .failed:
                state.breaker.failed(at: now)
                state.lastFailure = error.message
            default:
                // Some are refused here already, which says nothing of the provider.
                if error.status != nil { state.breaker.succeeded() }
            }
        }
    }

    private var lastFailure: String { state.withLock(\.lastFailure) ?? "unknown" }

    // MARK: The queue

    private func enter(_ key: String, first: Bool) throws(ModelError) -> UInt64 {
        let limit = configuration.waitingRequests
        let ticket: UInt64? = state.withLock { state in
            guard state.queue.waitingCount < limit else { return nil }
            state.lastTicket += 1
            state.bells[state.lastTicket] = Bell()
            state.queue.enter(state.lastTicket, for: key, first: first)
            return state.lastTicket
        }
        guard let ticket else {
            throw ModelError(.overloaded, model.name, "\(limit) requests are waiting already (max: \(limit))")
        }
        admit()
        return ticket
    }

    private func leave(_ ticket: UInt64) {
        state.withLock { state in
            state.queue.leave(ticket)
            state.bells[ticket] = nil
        }
        admit()
    }

    private func admit() {
        for bell in state.withLock({ $0.admit(at: .now) }) { bell.ring() }
    }

    private func wait(
        _ ticket: UInt64,
        until deadline: MonotonicTime,
        throughPauses: Bool,
        _ queued: (Int) async throws -> Void
    ) async throws {
        var told: Int?
        while true {
            let (position, resumes, bell) = state.withLock { state in
                (state.queue.position(of: ticket), state.resumes, state.bells[ticket])
            }
            guard let position, let bell else { return }
            let now = MonotonicTime.now
            if !throughPauses, let resumes, now < resumes {
                let rest = Duration.seconds(resumes.seconds(since: now))
                throw ModelError(.rateLimited, model.name, "its provider has asked for a pause", retryAfter: rest)
            }
            if told != position { try await queued(position) }
            told = position
            guard now < deadline else {
                throw ModelError(.overloaded, model.name, "no turn came within \(configuration.longestWait)")
            }
            let patience = min(deadline, resumes ?? deadline, now.advanced(by: Self.look))
            try await bell.wait(for: .seconds(max(0.001, patience.seconds(since: now))))
            admit()
        }
    }

    /// How often a waiting request looks whether its position has changed.
    private static let look = Duration.milliseconds(500)
}

/// What is counted of one model.
struct LaneMetrics: Sendable {
    let answered: Counter
    let failed: Counter
    let firstToken: Histogram
    private let input: Counter
    private let output: Counter
    private let cached: Counter

    init(_ metrics: Metrics, _ model: String) {
        let labels: Metrics.Labels = ["model": model]
        answered = metrics.counter("roost_model_answers_total", "Complete answers of models.", labels)
        failed = metrics.counter("roost_model_failures_total", "Attempts that models failed.", labels)
        firstToken = metrics.histogram(
            "roost_model_first_token_seconds",
            "From the request to the first event.",
            labels
        )
        input = metrics.counter("roost_model_input_tokens_total", "Tokens of prompts, as providers report.", labels)
        output = metrics.counter("roost_model_output_tokens_total", "Tokens of answers, as providers report.", labels)
        cached = metrics.counter(
            "roost_model_cached_tokens_total",
            "Tokens of prompts read from providers' caches.",
            labels
        )
    }

    func count(_ usage: TokenUsage) {
        input.increment(by: UInt64(max(0, usage.input ?? 0)))
        output.increment(by: UInt64(max(0, usage.output ?? 0)))
        cached.increment(by: UInt64(max(0, usage.cachedInput ?? 0)))
    }
}
