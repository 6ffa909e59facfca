import ContextCore
import LanguageModels
import Runtime
import TestSupport
import Testing

struct `The router` {
    private static var quick: RouterConfiguration {
        var configuration = RouterConfiguration()
        configuration.firstBackoff = .milliseconds(1)
        configuration.longestBackoff = .milliseconds(2)
        return configuration
    }

    private func router(
        _ preferred: ScriptedModel,
        _ fallback: ScriptedModel? = nil,
        _ configuration: RouterConfiguration = quick
    ) -> ModelRouter {
        ModelRouter(
            ModelLane(preferred, configuration: configuration),
            fallback: fallback.map { ModelLane($0, configuration: configuration) },
            configuration: configuration
        )
    }

    private func events(_ router: ModelRouter, key: String = "a") async throws -> [RoutedEvent] {
        var events: [RoutedEvent] = []
        try await router.respond(to: ModelRequest([Message(.user, "?")]), for: key) { events.append($0) }
        return events
    }

    private let finished = RoutedEvent.model(.finished(.stop, TokenUsage(input: 1, output: 1)))

    @Test func `An answer says who gives it, once, before its first event`() async throws {
        let model = ScriptedModel("a", [.say("x"), .say("y")])
        #expect(
            try await events(router(model)) == [.began(model.name), .model(.text("x")), .model(.text("y")), finished]
        )
    }

    @Test func `A failure that passes is not seen`() async throws {
        let model = ScriptedModel("a", [.fail(.failed)], [.fail(.unreachable)], [.say("x")])
        #expect(try await events(router(model)) == [.began(model.name), .model(.text("x")), finished])
        #expect(model.requests == 3)
    }

    @Test(arguments: [ModelError.Kind.rateLimited, .overloaded, .unauthenticated, .unknownModel, .malformed])
    func `The fallback answers a stream, too, whatever the preferred model failed of`(kind: ModelError.Kind)
        async throws
    {
        let preferred = ScriptedModel("a", [.fail(kind)])
        let fallback = ScriptedModel("b", [.say("x")])
        #expect(
            try await events(router(preferred, fallback)) == [.began(fallback.name), .model(.text("x")), finished]
        )
        #expect(preferred.requests == 1)
    }

    @Test func `A stream that broke is not begun again, neither here nor at the fallback`() async throws {
        let preferred = ScriptedModel("a", [.say("half"), .fail(.connectionLost)])
        let fallback = ScriptedModel("b", [.say("x")])
        let router = router(preferred, fallback)
        var seen: [RoutedEvent] = []
        let failure = await #expect(throws: ModelFailure.self) {
            try await router.respond(to: ModelRequest([Message(.user, "?")]), for: "a") { seen.append($0) }
        }
        #expect(failure?.failures.map(\.kind) == [.connectionLost])
        #expect(seen == [.began(preferred.name), .model(.text("half"))])
        #expect((preferred.requests, fallback.requests) == (1, 0))
    }

    @Test func `When both fail, both are named`() async throws {
        let router = router(ScriptedModel("a", [.fail(.unauthenticated)]), ScriptedModel("b", [.fail(.unknownModel)]))
        let failure = await #expect(throws: ModelFailure.self) { try await events(router) }
        #expect(failure?.description == "scripted:a: scripted; then scripted:b: scripted")
        #expect(failure.map { ContextError($0) }?.status == 502)
    }

    @Test func `What the receiver throws is never taken for a failure of the model`() async throws {
        let model = ScriptedModel("a", [.say("x")])
        let router = router(model)
        await #expect(throws: ContextError.self) {
            try await router.respond(to: ModelRequest([Message(.user, "?")]), for: "a") { _ in
                throw ContextError(.conflict, "mine")
            }
        }
        #expect(model.requests == 1)
    }

    @Test func `Requests beyond the limit wait, are told their positions, and are all answered`() async throws {
        var configuration = Self.quick
        configuration.concurrentRequests = 2
        let model = ScriptedModel("a", [.wait(.milliseconds(5)), .say("x")])
        let router = router(model, nil, configuration)
        let answers = try await withThrowingTaskGroup(of: [RoutedEvent].self) { group in
            for number in 0..<20 {
                group.addTask {
                    var events: [RoutedEvent] = []
                    try await router.respond(to: ModelRequest([Message(.user, "?")]), for: "\(number % 3)") {
                        events.append($0)
                    }
                    return events
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.allSatisfy { $0.suffix(2) == [.model(.text("x")), finished] })
        #expect(model.concurrency <= 2)
        let positions = answers.joined().compactMap { if case .queued(let position) = $0 { position } else { nil } }
        #expect(Set(positions).isSubset(of: 1...20))
        #expect(positions.contains(1))
        #expect(router.preferred.waitingCount == 0)
    }

    @Test func `A provider that asks for a pause gets it from everybody`() async throws {
        let model = ScriptedModel("a", [.fail(.rateLimited, retryAfter: .milliseconds(80))], [.say("x")])
        let router = router(model)
        let clock = ContinuousClock()
        let start = clock.now
        async let first = events(router)
        try await Task.sleep(for: .milliseconds(20))
        async let second = events(router)
        _ = try await (first, second)
        #expect(clock.now - start >= .milliseconds(80))
        #expect(model.requests == 3)
    }

    @Test func `While the preferred provider wants a pause the fallback answers at once`() async throws {
        let preferred = ScriptedModel("a", [.fail(.rateLimited, retryAfter: .seconds(600))])
        let fallback = ScriptedModel("b", [.say("x")])
        let router = router(preferred, fallback)
        for _ in 0..<3 {
            #expect(try await events(router) == [.began(fallback.name), .model(.text("x")), finished])
        }
        #expect(preferred.requests == 1 && fallback.requests == 3)
    }

    @Test func `Who waits for the provider's limit to pass is told so`() async throws {
        let model = ScriptedModel("a", [.fail(.rateLimited, retryAfter: .milliseconds(5))], [.say("x")])
        #expect(try await events(router(model)).first == .heldBack)
    }

    @Test func `Time that was lost with one model is not missing at the other`() async throws {
        var patient = Self.quick
        (patient.longestWait, patient.retryAttempts) = (.milliseconds(60), 0)
        var narrow = RouterConfiguration()
        narrow.concurrentRequests = 1
        let preferred = ScriptedModel("a", [.wait(.milliseconds(80)), .fail(.failed)])
        let fallback = ScriptedModel("b", [.wait(.milliseconds(5)), .say("x")])
        let router = ModelRouter(
            ModelLane(preferred, configuration: patient),
            fallback: ModelLane(fallback, configuration: narrow),
            configuration: patient
        )
        async let first = events(router)
        async let second = events(router)
        let answers = try await [first, second]
        #expect(answers.allSatisfy { $0.last == finished })
    }

    @Test func `What is refused without asking the provider says nothing of the provider`() async throws {
        var configuration = Self.quick
        (configuration.retryAttempts, configuration.failuresUntilRest) = (0, 2)
        let model = ScriptedModel("a", [.fail(.failed)], [.fail(.contextLengthExceeded)], [.fail(.failed)])
        let router = router(model, nil, configuration)
        for _ in 0..<3 { await #expect(throws: ModelFailure.self) { try await events(router) } }
        #expect(router.preferred.isResting)
    }

    @Test func `A provider that fails again and again is left alone, and tried again later`() async throws {
        var configuration = Self.quick
        configuration.retryAttempts = 0
        configuration.failuresUntilRest = 2
        configuration.rest = .milliseconds(60)
        let model = ScriptedModel("a", [.fail(.failed)], [.fail(.failed)], [.say("x")])
        let router = router(model, nil, configuration)
        for _ in 0..<2 { await #expect(throws: ModelFailure.self) { try await events(router) } }
        let failure = await #expect(throws: ModelFailure.self) { try await events(router) }
        #expect(failure?.failures.map(\.kind) == [.suspended])
        #expect(model.requests == 2)
        try await Task.sleep(for: .milliseconds(80))
        #expect(try await events(router).last == finished)
        #expect(!router.preferred.isResting)
    }

    @Test func `Who goes away while waiting makes room`() async throws {
        var configuration = Self.quick
        configuration.concurrentRequests = 1
        let model = ScriptedModel("a", [.wait(.seconds(600)), .say("x")])
        let router = router(model, nil, configuration)
        let first = Task { try await events(router) }
        defer { first.cancel() }
        try await eventually { model.requests > 0 }
        let waiting = Task { try await events(router) }
        try await eventually { router.preferred.waitingCount > 0 }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        #expect(router.preferred.waitingCount == 0)
        #expect(model.requests == 1)
    }
}
