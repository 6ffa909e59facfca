import Runtime

/// Gets an answer: from the preferred model, after a failure that may pass from the same one again, else from the fallback.
///
/// What is done after which failure is decided by ``AttemptPlan``. A stream that has sent something is never begun again.
package struct ModelRouter: Sendable {
    package let preferred: ModelLane
    package let fallback: ModelLane?
    private let configuration: RouterConfiguration

    package init(
        _ preferred: ModelLane,
        fallback: ModelLane? = nil,
        configuration: RouterConfiguration = RouterConfiguration()
    ) {
        self.preferred = preferred
        self.fallback = fallback
        self.configuration = configuration
    }

    /// Those who may answer.
    package var models: [any LanguageModel] { [preferred.model] + (fallback.map { [$0.model] } ?? []) }

    /// Tokens of a prompt that all of them can read; `nil` where that is not known here.
    package func promptLimit(for sampling: Sampling = Sampling()) -> Int? {
        models.compactMap { $0.promptLimit(for: sampling) }.min()
    }

    /// - Parameter key: whose share of the provider this request takes.
    /// - Throws: ``ModelFailure``, `CancellationError`, or what `receive` throws.
    package func respond(
        to request: ModelRequest,
        for key: String,
        _ receive: (RoutedEvent) async throws -> Void
    ) async throws {
        var attempt = Attempt(lane: preferred, deadline: deadline)
        attempt.hasAlternative = fallback != nil
        var plan = AttemptPlan(configuration, hasFallback: fallback != nil, at: .now)
        while true {
            do {
                return try await attempt.run(request, for: key, receive)
            } catch let stop as ReceiverStopped {
                throw stop.error
            } catch let error as ModelError {
                switch plan.failed(error, afterOutput: attempt.hasBegun, at: .now, random: .random(in: 0...1)) {
                case .again(let pause):
                    if error.isLimit { try await receive(.heldBack) }
                    try await Task.pause(for: pause)
                    attempt.isAgain = true
                case .fallBack:
                    attempt = Attempt(lane: fallback ?? preferred, deadline: deadline)
                case .giveUp:
                    throw ModelFailure(plan.failures)
                }
            }
        }
    }

    private var deadline: MonotonicTime { MonotonicTime.now.advanced(by: configuration.longestWait) }

    /// The whole answer.
    ///
    /// - Throws: ``ModelFailure`` or `CancellationError`.
    package func answer(to request: ModelRequest, for key: String) async throws -> ModelAnswer {
        var answer = ModelAnswer(model: preferred.model.name)
        try await respond(to: request, for: key) { event in
            switch event {
            case .queued, .heldBack: break
            case .began(let name): answer.model = name
            case .model(let event): answer.append(event)
            }
        }
        return answer
    }
}

/// What happens on the way to an answer, and the answer's own events.
package enum RoutedEvent: Hashable, Sendable {
    /// The request waits; so many are served first, itself counted.
    case queued(position: Int)

    /// The provider can't take more now; the request is sent again after a while, before those that wait.
    case heldBack

    /// This model answers. It comes once, before its first event.
    case began(ModelName)
    case model(ModelEvent)
}

/// One request at one lane, and whether anything of its answer was passed on.
private struct Attempt {
    let lane: ModelLane
    let deadline: MonotonicTime
    var isAgain = false

    /// Whether another model can answer while this one's provider asks for a pause.
    var hasAlternative = false
    private(set) var hasBegun = false

    init(lane: ModelLane, deadline: MonotonicTime) {
        self.lane = lane
        self.deadline = deadline
    }

    mutating func run(
        _ request: ModelRequest,
        for key: String,
        _ receive: (RoutedEvent) async throws -> Void
    ) async throws {
        func tell(_ event: RoutedEvent) async throws {
            do { try await receive(event) } catch { throw ReceiverStopped(error: error) }
        }
        var hasBegun = false
        defer { self.hasBegun = hasBegun }
        try await lane.attempt(
            request,
            for: key,
            first: isAgain,
            until: deadline,
            throughPauses: !hasAlternative,
            queued: { try await tell(.queued(position: $0)) },
            { event in
                if !hasBegun { try await tell(.began(lane.model.name)) }
                hasBegun = true
                try await tell(.model(event))
            }
        )
    }
}

/// What the receiver threw: never to be taken for the model's failure.
private struct ReceiverStopped: Error {
    let error: any Error
}
