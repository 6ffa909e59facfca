import Runtime

/// Stops asking a provider that keeps failing, and tries it again after a while with a single request.
///
///     closed ──failures──▶ open ──rest is over──▶ probing ──success──▶ closed
///                           ▲                        │
///                           └────────failure─────────┘
///
/// (Michael Nygard, Release It!, "Circuit Breaker".) Pure; time comes in from outside.
struct CircuitBreaker {
    private enum State {
        case closed(failures: Int)
        case open(until: MonotonicTime)
        case probing(since: MonotonicTime)
    }

    private var state = State.closed(failures: 0)
    private let failures: Int
    private let rest: Duration

    init(failures: Int, rest: Duration) {
        self.failures = failures
        self.rest = rest
    }

    var isOpen: Bool { if case .closed = state { false } else { true } }

    /// Whether a request may go out; how long to wait otherwise.
    ///
    /// A probe that never reports counts as lost after another rest.
    mutating func permits(at now: MonotonicTime) -> Duration? {
        switch state {
        case .closed: return nil
        case .open(let end) where now < end: return .seconds(end.seconds(since: now))
        case .probing(let begin) where now < begin.advanced(by: rest):
            return .seconds(begin.advanced(by: rest).seconds(since: now))
        case .open, .probing:
            state = .probing(since: now)
            return nil
        }
    }

    mutating func succeeded() {
        state = .closed(failures: 0)
    }

    /// Only failures of the provider count, not refusals of a request.
    mutating func failed(at now: MonotonicTime) {
        switch state {
        case .closed(let count) where count + 1 < failures: state = .closed(failures: count + 1)
        default: state = .open(until: now.advanced(by: rest))
        }
    }
}
