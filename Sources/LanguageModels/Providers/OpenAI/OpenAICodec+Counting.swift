import ContextCore
import HTTP

/// Where those who speak the format count prompts, each in a way of its own.
extension OpenAICodec {
    package var countsTokens: Bool { dialect.counting != nil }

    package func tokenCount(of request: ModelRequest) throws(ModelError) -> TokenCount? {
        guard request.tools.isEmpty, request.messages.allSatisfy({ $0.toolCalls.isEmpty && $0.role != .tool }) else {
            return nil
        }
        switch dialect.counting {
        case nil: return nil
        case .inputTokens: return try askForInputTokens(request.messages)
        case .template: return try askForTemplate(request.messages)
        }
    }

    /// OpenAI's count for its responses (platform.openai.com/docs/api-reference/responses/input-tokens), whose messages are
    /// the same tokens.
    private func askForInputTokens(_ messages: [Message]) throws(ModelError) -> TokenCount {
        let body = InputTokensRequest(model: name.model, input: messages.map(InputTokensRequest.Item.init))
        let outgoing = endpoint.post(
            endpoint.url("/responses/input_tokens"),
            body: try ProviderJSON.encode(body, name)
        )
        return .ask(outgoing) { [name] (answer) throws(ModelError) in
            .counted(try ProviderJSON.decode(InputTokens.self, from: answer, name).inputTokens)
        }
    }

    /// llama.cpp (github.com/ggml-org/llama.cpp/tree/master/tools/server): the prompt as its model reads it, then its
    /// tokens.
    private func askForTemplate(_ messages: [Message]) throws(ModelError) -> TokenCount? {
        let hasImages = messages.contains { $0.content.contains { if case .image = $0 { true } else { false } } }
        guard !hasImages else { return nil }
        let body = JSONWriter.object { $0.member("messages", messages.map(OpenAIMessage.init)) }
        let (endpoint, name) = (endpoint, name)
        return .ask(endpoint.post(endpoint.rootURL("/apply-template"), body: body)) { (answer) throws(ModelError) in
            let prompt = try ProviderJSON.decode(AppliedTemplate.self, from: answer, name).prompt
            let body = try ProviderJSON.encode(TokenizeRequest(content: prompt), name)
            return .ask(endpoint.post(endpoint.rootURL("/tokenize"), body: body)) { (answer) throws(ModelError) in
                .counted(try ProviderJSON.decode(TokenList.self, from: answer, name).tokens.count)
            }
        }
    }
}

private struct InputTokensRequest: Encodable {
    struct Item: Encodable {
        struct Part: Encodable {
            let type: String
            var text: String?
            var imageURL: String?

            private enum CodingKeys: String, CodingKey {
                case type, text
                case imageURL = "image_url"
            }
        }

        let role: String
        let content: [Part]

        init(_ message: Message) {
            role = message.role.rawValue
            content = message.content.map { part in
                switch part {
                case .text(let text): Part(type: message.role == .assistant ? "output_text" : "input_text", text: text)
                case .image(let image): Part(type: "input_image", imageURL: image.asURL)
                }
            }
        }
    }

    let model: String
    let input: [Item]
}

private struct AppliedTemplate: Decodable {
    let prompt: String
}

private struct TokenizeRequest: Encodable {
    let content: String
    let addSpecial = true
    let parseSpecial = true

    private enum CodingKeys: String, CodingKey {
        case content
        case addSpecial = "add_special"
        case parseSpecial = "parse_special"
    }
}

/// Numbers, or objects with their pieces where those were asked for.
private struct TokenList: Decodable {
    let tokens: [JSONValue]
}
