import ContextCore
import HTTP
import LanguageModels
import Runtime
import TestSupport
import Testing

extension FaultTests {
    /// The router in front of providers that fail on the wire: what is counted is what arrived there.
    @Suite struct `Requests over a bad line` {
        private func router(
            _ preferred: any LanguageModel,
            _ fallback: (any LanguageModel)? = nil,
            attempts: Int = 3
        ) -> ModelRouter {
            var configuration = RouterConfiguration()
            configuration.firstBackoff = .milliseconds(1)
            configuration.longestBackoff = .milliseconds(2)
            configuration.retryAttempts = attempts
            return ModelRouter(
                ModelLane(preferred, configuration: configuration),
                fallback: fallback.map { ModelLane($0, configuration: configuration) },
                configuration: configuration
            )
        }

        private func answer(_ format: WireFormat) -> FakeProvider.Step {
            .write(WireFormat.json(format.whole))
        }

        @Test(arguments: WireFormat.allCases)
        func `are sent again until one gets through, and answered once`(format: WireFormat) async throws {
            let failure = FakeProvider.Step.write(WireFormat.json(format.error("api_error", "oops"), 500))
            let lost = [.write(format.head + format.beginning), .pause(.milliseconds(20)), FakeProvider.Step.reset]
            try await withProvider([failure], lost, [.reset], [answer(format)]) { provider, client in
                let router = try self.router(format.model(at: provider.base, client))
                let answer = try await router.answer(to: .question, for: "a")
                #expect(answer.text == "ab")
                #expect(answer.usage == TokenUsage(input: 5, output: 2))
                #expect(provider.requests.count == 4)
                #expect(Set(provider.requests).count == 1)
            }
        }

        @Test(arguments: WireFormat.allCases)
        func `are not begun again once a token was passed on`(format: WireFormat) async throws {
            let torn: [FakeProvider.Step] = [
                .write(format.head + format.token("a")), .pause(.milliseconds(50)), .reset,
            ]
            try await withProvider(torn, [answer(format)]) { provider, client in
                let model = try format.model(at: provider.base, client)
                let router = self.router(model, try format.model(at: provider.base, client, named: "other"))
                var text = ""
                let failure = await #expect(throws: ModelFailure.self) {
                    try await router.respond(to: .question, for: "a") {
                        if case .model(.text(let piece)) = $0 { text += piece }
                    }
                }
                #expect(failure?.failures.map(\.kind) == [.connectionLost])
                #expect(text == "a")
                #expect(provider.requests.count == 1)
            }
        }

        @Test(arguments: WireFormat.allCases)
        func `go to the fallback when a stream is refused for its rate`(format: WireFormat) async throws {
            let refusal = WireFormat.json(format.error("rate_limit_error", "slowly"), 429, "Retry-After: 60\r\n")
            try await withProvider([.write(refusal)], [answer(format)]) { provider, client in
                let fallback = try format.model(at: provider.base, client, named: "b")
                let router = try self.router(format.model(at: provider.base, client, named: "a"), fallback)
                let answer = try await router.answer(to: .question, for: "a")
                #expect(answer.model.model == "b")
                #expect(provider.requests.count == 2)
                #expect(provider.requests[0].contains(#""model":"a""#))
                #expect(provider.requests[1].contains(#""model":"b""#))
            }
        }

        @Test(arguments: WireFormat.allCases)
        func `that fail everywhere name both`(format: WireFormat) async throws {
            let limited = WireFormat.json(format.error("rate_limit_error", "slowly"), 429)
            let broken = WireFormat.json(format.error("api_error", "oops"), 500)
            try await withProvider([.write(limited)], [.write(broken)]) { provider, client in
                let fallback = try format.model(at: provider.base, client, named: "b")
                let router = try self.router(format.model(at: provider.base, client, named: "a"), fallback, attempts: 1)
                let failure = await #expect(throws: ModelFailure.self) {
                    try await router.answer(to: .question, for: "a")
                }
                let told = failure.map { ContextError($0) }
                #expect(told?.status == 502)
                #expect(told?.message.contains("\(format.rawValue):a: slowly") == true)
                #expect(told?.message.contains("\(format.rawValue):b: oops") == true)
                // Once the preferred model, and the fallback with its second attempt.
                #expect(provider.requests.count == 3)
            }
        }

        @Test(arguments: WireFormat.allCases)
        func `over a kept connection that breaks are not sent again behind the router's back`(format: WireFormat)
            async throws
        {
            try await withProvider([answer(format)], [.reset], [answer(format)], [.reset], [answer(format)]) {
                provider,
                client in
                let model = try format.model(at: provider.base, client)
                let strict = self.router(model, attempts: 0)
                let patient = self.router(model, attempts: 1)
                #expect(try await strict.answer(to: .question, for: "a").text == "ab")
                let failure = await #expect(throws: ModelFailure.self) {
                    try await strict.answer(to: .question, for: "a")
                }
                #expect(failure?.failures.map(\.kind) == [.connectionLost])
                #expect(provider.requests.count == 2)
                #expect(try await patient.answer(to: .question, for: "a").text == "ab")
                #expect(try await patient.answer(to: .question, for: "a").text == "ab")
                #expect(provider.requests.count == 5)
            }
        }

        @Test func `find a kept connection closed and take a new one`() async throws {
            let format = WireFormat.openai
            try await withProvider([answer(format), .close]) { provider, client in
                let router = try self.router(format.model(at: provider.base, client), attempts: 0)
                for asked in 1...3 {
                    #expect(try await router.answer(to: .question, for: "a").text == "ab")
                    #expect(provider.requests.count == asked)
                    // The provider's farewell arrives.
                    try await Task.sleep(for: .milliseconds(50))
                }
            }
        }

        @Test func `are all answered once, however many fail on the way`() async throws {
            let format = WireFormat.openai
            let scripts: [[FakeProvider.Step]] = (0..<90).map { number in
                switch number % 3 {
                case 0: [.write(WireFormat.json("{}", 500))]
                case 1: [.write(format.head), .pause(.milliseconds(5)), .reset]
                default: [answer(format)]
                }
            }
            let provider = try FakeProvider(scripts + [[answer(format)]])
            let client = HTTPClient()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await provider.run() }
                group.addTask { try await client.run() }
                defer { group.cancelAll() }
                var configuration = RouterConfiguration()
                configuration.firstBackoff = .milliseconds(1)
                configuration.longestBackoff = .milliseconds(2)
                configuration.retryAttempts = 100
                configuration.failuresUntilRest = 1_000
                let lane = ModelLane(try format.model(at: provider.base, client), configuration: configuration)
                let router = ModelRouter(lane, configuration: configuration)
                let answers = try await withThrowingTaskGroup(of: ModelAnswer.self) { group in
                    for number in 0..<50 {
                        group.addTask {
                            try await router.answer(
                                to: ModelRequest([Message(.user, "q\(number)")]),
                                for: "\(number % 4)"
                            )
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(answers.count == 50)
                #expect(answers.allSatisfy { $0.text == "ab" })
                for number in 0..<50 {
                    #expect(provider.requests.contains { $0.contains("\"q\(number)\"") })
                }
                // 60 of the first 90 fail; each failure costs one request more, and nothing else does.
                #expect(provider.requests.count == 50 + 60)
            }
        }

        @Test(arguments: WireFormat.allCases)
        func `end at the provider as soon as nobody wants the answer`(format: WireFormat) async throws {
            try await withProvider([.write(format.head + format.token("a")), .hold]) { provider, client in
                let router = try self.router(format.model(at: provider.base, client))
                let begun = Latch<Void>()
                let asking = Task {
                    try await router.respond(to: .question, for: "a") { if case .model(.text) = $0 { begun.open() } }
                }
                try await begun.wait()
                let cancelled = MonotonicTime.now
                asking.cancel()
                await #expect(throws: CancellationError.self) { try await asking.value }
                try await eventually(every: .milliseconds(1)) { provider.left != nil }
                let left = try #require(provider.left)
                print("the provider of \(format.rawValue) was left after \(left.seconds(since: cancelled) * 1_000) ms")
                #expect(provider.requests.count == 1)
            }
        }
    }
}
