import ContextCore
import HTTP
import Runtime
import Testing

@testable import LanguageModels

extension FaultTests {
    /// Models that take no temperature, or know the limit of an answer by another name.
    @Suite struct `A model that refuses a parameter` {
        private static func refusal(_ parameter: String, _ message: String = "Unsupported parameter")
            -> FakeProvider.Step
        {
            .write(
                WireFormat.json(
                    #"{"error":{"message":"\#(message)","type":"invalid_request_error","param":"\#(parameter)","code":"unsupported_value"}}"#,
                    400
                )
            )
        }

        private static let answer = FakeProvider.Step.write(WireFormat.json(WireFormat.openai.whole))

        private func model(
            _ base: String,
            _ client: HTTPClient,
            _ metrics: Metrics = Metrics()
        ) throws -> any LanguageModel {
            var access = ProviderAccess(.openai, endpoint: base)
            access.sampling = Sampling(maxTokens: 50, temperature: 0.7)
            access.metrics = metrics
            return try #require(access.model(named: "m", client: client))
        }

        @Test func `is asked once more without it, and never with it again`() async throws {
            let metrics = Metrics()
            try await withProvider([Self.refusal("temperature")], [Self.answer]) { provider, client in
                let model = try self.model(provider.base, client, metrics)
                for _ in 0..<2 { #expect(try await model.answer(to: .question).text == "ab") }
                #expect(provider.requests.count == 3)
                #expect(provider.requests.map { $0.contains("temperature") } == [true, false, false])
                #expect(provider.requests.allSatisfy { $0.contains(#""max_tokens":50"#) })
                let counted = #"roost_model_refused_parameters_total{model="openai:m",parameter="temperature"} 1"#
                #expect(metrics.exposition().contains(counted))
            }
        }

        @Test func `by the limit's name is told the other name`() async throws {
            let refusal = Self.refusal("max_tokens", "Unsupported parameter: use 'max_completion_tokens' instead.")
            try await withProvider([refusal], [Self.answer]) { provider, client in
                let model = try self.model(provider.base, client)
                _ = try await model.answer(to: .question)
                #expect(provider.requests[1].contains(#""max_completion_tokens":50"#))
                #expect(!provider.requests[1].contains("max_tokens"))
            }
        }

        @Test func `may refuse one after the other`() async throws {
            let both = [[Self.refusal("max_tokens")], [Self.refusal("temperature")], [Self.answer]]
            try await withProvider(both[0], both[1], both[2]) { provider, client in
                let model = try self.model(provider.base, client)
                #expect(try await model.answer(to: .question).text == "ab")
                #expect(provider.requests.count == 3)
            }
        }

        @Test func `under every name is an error, and not an endless loop`() async throws {
            let both = [[Self.refusal("max_tokens")], [Self.refusal("max_completion_tokens")]]
            try await withProvider(both[0], both[1]) { provider, client in
                let model = try self.model(provider.base, client)
                let error = await #expect(throws: ModelError.self) { try await model.answer(to: .question) }
                #expect(error?.kind == .rejected)
                #expect(provider.requests.count == 2)
            }
        }

        @Test func `that was not sent is an error`() async throws {
            try await withProvider([Self.refusal("top_k")]) { provider, client in
                let model = try self.model(provider.base, client)
                await #expect(throws: ModelError.self) { try await model.answer(to: .question) }
                #expect(provider.requests.count == 1)
            }
        }

        @Test(
            arguments: [
                ("Unsupported value: 'temperature' does not support 0.7 with this model.", RequestMember.temperature),
                ("gpt-5 models don't support temperature=0.2. Only temperature=1 is supported.", .temperature),
                ("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.", .maxTokens),
                ("`top_p` is deprecated for this model.", .topP), ("temperature: must be at most 1", nil),
                ("Unsupported image format", nil),
            ] as [(String, RequestMember?)]
        )
        func `is understood where its sentence says what it does not take`(message: String, member: RequestMember?) {
            let body = #"{"error":{"message":"\#(message)","type":"invalid_request_error"}}"#
            let name = ModelName(provider: "openai", model: "m")
            let error = ProviderFault.error(status: 400, headers: [:], body: Array(body.utf8), name)
            #expect(error.refused == member)
            #expect(ProviderFault.error(status: 500, headers: [:], body: Array(body.utf8), name).refused == nil)
        }

        @Test func `is sent no temperature when none is set`() async throws {
            try await withProvider([Self.answer]) { provider, client in
                let access = ProviderAccess(.openai, endpoint: provider.base)
                _ = try await access.model(named: "m", client: client)?.answer(to: .question)
                #expect(!provider.requests[0].contains("temperature"))
            }
        }

        @Test(arguments: [(nil, true), ("https://api.openai.com/v1", true), ("http://127.0.0.1:1/v1", false)])
        func `is OpenAI's own only at OpenAI's address`(endpoint: String?, isOpenAI: Bool) throws {
            let access = ProviderAccess(.openai, endpoint: endpoint)
            #expect(access.dialect.usesMaxCompletionTokens == isOpenAI)
        }
    }
}
