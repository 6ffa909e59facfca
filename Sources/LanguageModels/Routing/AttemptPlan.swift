import Runtime

/// What to do after an attempt has failed.
///
/// | failure | then |
/// | --- | --- |
/// | the request is at fault | no other provider would do better: the failure is told |
/// | after something was sent | a stream is never begun twice: the failure is told |
/// | one that passes, attempts left | the same model again, after a pause |
/// | a limit of rate or load, with a fallback | the fallback at once: waiting would help only this provider |
/// | any other | the fallback, if there is one that was not asked yet |
///
/// The pause is exponential with full jitter (Marc Brooker, "Exponential Backoff And Jitter"), and at least what the
/// provider asks for. A pause that would end after the time a request may wait for a model is not begun.
struct AttemptPlan {
    enum Step: Equatable {
        case again(after: Duration)
        case fallBack
        case giveUp
    }

    private let configuration: RouterConfiguration
    private var deadline: MonotonicTime
    private var hasFallback: Bool
    private var attempts = 0
    private(set) var failures: [ModelError] = []

    init(_ configuration: RouterConfiguration, hasFallback: Bool, at now: MonotonicTime) {
        self.configuration = configuration
        self.hasFallback = hasFallback
        deadline = now.advanced(by: configuration.longestWait)
    }

    /// - Parameter random: 0 … 1, for the jitter.
    mutating func failed(
        _ error: ModelError,
        afterOutput: Bool,
        at now: MonotonicTime,
        random: Double
    ) -> Step {
        failures.append(error)
        if afterOutput || error.isCallersFault { return .giveUp }
        if error.isTransient, attempts < configuration.retryAttempts, !(error.isLimit && hasFallback) {
            let pause = pause(for: error, random)
            if now.advanced(by: pause) <= deadline {
                attempts += 1
                return .again(after: pause)
            }
        }
        guard hasFallback else { return .giveUp }
        hasFallback = false
        attempts = 0
        deadline = now.advanced(by: configuration.longestWait)
        return .fallBack
    }

    private func pause(for error: ModelError, _ random: Double) -> Duration {
        let ceiling = min(configuration.firstBackoff * (1 << min(attempts, 16)), configuration.longestBackoff)
        return max(ceiling * random, error.retryAfter ?? .zero)
    }
}
