import ContextCore
import FoundationEssentials
import HTTP
import Testing

@testable import LanguageModels

extension FaultTests {
    /// How providers are asked to count a prompt, in their own words.
    @Suite struct `A provider that counts` {
        private let prompt = ModelRequest([Message(.system, "S"), Message(.user, "Hi")])

        private func body(_ text: String) throws -> JSONValue {
            try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
        }

        @Test func `as Anthropic does, is sent the prompt and nothing else`() async throws {
            let prompt = prompt
            try await withProvider([.write(WireFormat.json(#"{"input_tokens":14}"#))]) { provider, client in
                let access = ProviderAccess(.anthropic, endpoint: provider.base)
                let model = try #require(access.model(named: "m", client: client))
                #expect(model.countsTokens)
                #expect(try await model.countTokens(of: prompt) == 14)
                let sent = try self.body(provider.requests[0])
                #expect(sent.objectValue?.keys.sorted() == ["messages", "model", "system"])
            }
        }

        @Test func `as llama cpp's server does, makes the template's prompt, then its tokens`() async throws {
            let prompt = prompt
            let template = FakeProvider.Step.write(WireFormat.json(#"{"prompt":"<s>S Hi"}"#))
            let tokens = FakeProvider.Step.write(WireFormat.json(#"{"tokens":[1,2,{"id":3,"piece":"x"}]}"#))
            try await withProvider([template], [tokens]) { provider, client in
                let access = ProviderAccess(.llamafile, endpoint: provider.base + "/v1")
                let model = try #require(access.model(named: "m", client: client))
                #expect(try await model.countTokens(of: prompt) == 3)
                let sent = try self.body(provider.requests[1])
                #expect(sent == ["content": "<s>S Hi", "add_special": true, "parse_special": true])
            }
        }

        @Test func `as OpenAI does, is asked at its own address, and others in its format are not`() throws {
            let codec = OpenAICodec(
                ModelName(provider: "openai", model: "m"),
                at: ProviderEndpoint("https://api.openai.com/v1"),
                dialect: {
                    var dialect = OpenAICodec.Dialect()
                    dialect.counting = .inputTokens
                    return dialect
                }()
            )
            guard case .ask(let request, let read) = try codec.tokenCount(of: prompt) else {
                Issue.record("it is not asked")
                return
            }
            #expect(request.url == "https://api.openai.com/v1/responses/input_tokens")
            let item: JSONValue = ["role": "user", "content": [["type": "input_text", "text": "Hi"]]]
            guard
                case .array(let items)? = try body(String(decoding: request.body, as: UTF8.self)).objectValue?["input"]
            else {
                Issue.record("no input")
                return
            }
            #expect(items.count == 2 && items[1] == item)
            guard case .counted(7) = try read(Array(#"{"object":"response.input_tokens","input_tokens":7}"#.utf8))
            else {
                Issue.record("it is not read")
                return
            }
            let elsewhere = ProviderAccess(.openai, endpoint: "http://127.0.0.1:1/v1")
            #expect(elsewhere.model(named: "m", client: HTTPClient())?.countsTokens == false)
        }

        @Test func `no more is not asked again`() async throws {
            let prompt = prompt
            try await withProvider([.write(WireFormat.json("{}", 404))]) { provider, client in
                let access = ProviderAccess(.llamafile, endpoint: provider.base)
                let model = try #require(access.model(named: "m", client: client))
                await #expect(throws: ModelError.self) { try await model.countTokens(of: prompt) }
                #expect(!model.countsTokens)
                #expect(try await model.countTokens(of: prompt) == nil)
                #expect(provider.requests.count == 1)
            }
        }
    }
}
