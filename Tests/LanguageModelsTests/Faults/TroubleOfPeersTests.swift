import ContextCore
import HTTP
import LanguageModels
import Runtime
import Testing

extension FaultTests {
    /// What other servers of this kind are known to get wrong, on the wire.
    @Suite struct `Trouble that peers have` {
        private func router(_ preferred: any LanguageModel, _ fallback: any LanguageModel) -> ModelRouter {
            var configuration = RouterConfiguration()
            configuration.firstBackoff = .milliseconds(1)
            configuration.longestBackoff = .milliseconds(2)
            return ModelRouter(
                ModelLane(preferred, configuration: configuration),
                fallback: ModelLane(fallback, configuration: configuration),
                configuration: configuration
            )
        }

        @Test(arguments: WireFormat.allCases)
        func `a silent cut of a long prompt: one over the window is an error with both numbers, and never sent`(
            format: WireFormat
        ) async throws {
            try await withProvider([.write(WireFormat.json(format.whole))]) { provider, client in
                var access = ProviderAccess(format.provider, endpoint: provider.base)
                access.contextWindow = 1_000
                let model = try #require(access.model(named: "m", client: client))
                let long = ModelRequest([Message(.user, String(repeating: "word ", count: 1_000))])
                let error = await #expect(throws: ModelError.self) { try await model.answer(to: long) }
                #expect(error?.kind == .contextLengthExceeded)
                #expect(error?.message.contains("1254 tokens") == true && error?.message.contains("1000") == true)
                #expect(provider.requests.isEmpty)
                let short = ModelRequest([Message(.user, String(repeating: "word ", count: 700))])
                #expect(try await model.answer(to: short).text == "ab")
            }
        }

        @Test func `a silent cut by Ollama: without any setting its window is told, and kept`() async throws {
            try await withProvider([.write(WireFormat.json(WireFormat.ollama.whole))]) { provider, client in
                let access = ProviderAccess(.ollama, endpoint: provider.base)
                let model = try #require(access.model(named: "m", client: client))
                let long = ModelRequest([Message(.user, String(repeating: "word ", count: 7_000))])
                let error = await #expect(throws: ModelError.self) { try await model.answer(to: long) }
                #expect(error?.message.contains("8192") == true)
                var request = ModelRequest([Message(.user, String(repeating: "word ", count: 6_000))])
                request.sampling.maxTokens = 4_096
                _ = try await model.answer(to: request)
                // The answer gets no more than the prompt leaves, and the rest is a finish reason of `length`.
                #expect(provider.requests[0].contains(#""num_ctx":8192"#))
                #expect(provider.requests[0].contains(#""num_predict":688"#))
                #expect(provider.requests[0].contains(#""truncate":false"#))
                #expect(model.promptLimit(for: request.sampling) == 4_096)
            }
        }

        /// Ollama has no code for it.
        @Test(arguments: [WireFormat.openai, .anthropic])
        func `a fallback that ignores 429 on streams: it answers also when the limit is told inside the stream`(
            format: WireFormat
        ) async throws {
            let error = format.error("rate_limit_error", "slowly")
            let limited = format.head + format.beginning + format.event(error)
            try await withProvider([.write(limited), .close], [.write(WireFormat.json(format.whole))]) {
                provider,
                client in
                let router = try self.router(
                    format.model(at: provider.base, client, named: "a") { $0.firstToken = .seconds(5) },
                    format.model(at: provider.base, client, named: "b")
                )
                let answer = try await router.answer(to: .question, for: "x")
                #expect(answer.text == "ab" && answer.model.model == "b")
                #expect(provider.requests.last?.contains(#""model":"b""#) == true)
            }
        }

        @Test func `lanes that grow with names that callers make up: the last ones used are kept, and no more`() {
            let made = ManyLanes()
            for number in 0..<1_000 { _ = made.catalog.router(for: "made-up-\(number)") }
            #expect(made.lanes.value == 1_000)
            for number in (1_000 - 64)..<1_000 { _ = made.catalog.router(for: "made-up-\(number)") }
            #expect(made.lanes.value == 1_000)
            _ = made.catalog.router(for: "made-up-0")
            #expect(made.lanes.value == 1_001)
        }

        private struct ManyLanes {
            let lanes: Counter
            let catalog: ModelCatalog

            init() {
                let lanes = Metrics().counter("lanes", "Lanes that were made.")
                self.lanes = lanes
                catalog = ModelCatalog(
                    ModelRouter(ModelLane(ScriptedModel("standard", [.say("x")]))),
                    lane: { model, label in
                        lanes.increment()
                        return ModelLane(model, label: label)
                    },
                    make: { ScriptedModel($0, [.say("x")]) }
                )
            }
        }
    }
}
