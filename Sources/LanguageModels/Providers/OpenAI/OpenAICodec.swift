import ContextCore
package import HTTP

/// OpenAI's chat completions (platform.openai.com/docs/api-reference/chat), which LiteLLM, vLLM, llama.cpp's server and many
/// others speak too, and Azure with an address of its own.
package struct OpenAICodec: ProviderCodec {
    /// What differs between those who speak the format.
    package struct Dialect: Sendable {
        /// Azure: the deployment's address and the version of its interface.
        package var apiVersion: String?

        /// OpenAI's newer models refuse `max_tokens`; most others know nothing else.
        package var usesMaxCompletionTokens = false

        /// After the endpoint's base address.
        package var path = "/chat/completions"

        /// llama.cpp's server says at `/health` whether its model is loaded; the others list their models.
        package var hasHealth = false

        /// Who counts a prompt, and how.
        package var counting: Counting?

        package enum Counting: Sendable {
            /// OpenAI itself: `/responses/input_tokens`.
            case inputTokens
            /// llama.cpp's server: `/apply-template`, then `/tokenize`.
            case template
        }

        package init() {}
    }

    package let name: ModelName
    let endpoint: ProviderEndpoint
    let dialect: Dialect

    package init(_ name: ModelName, at endpoint: ProviderEndpoint, dialect: Dialect = Dialect()) {
        self.name = name
        self.endpoint = endpoint
        self.dialect = dialect
    }

    package var dispensable: Set<RequestMember> { Set(RequestMember.allCases) }

    package func encode(
        _ request: ModelRequest,
        without refused: RefusedMembers
    ) throws(ModelError) -> ClientRequest {
        var dialect = dialect
        if refused.contains(.maxTokens) { dialect.usesMaxCompletionTokens = true }
        if refused.contains(.maxCompletionTokens) { dialect.usesMaxCompletionTokens = false }
        let version = dialect.apiVersion.map { "?api-version=\($0)" } ?? ""
        let body = OpenAIRequest(request, model: name.model, dialect)
        return endpoint.post(endpoint.url(dialect.path) + version, body: ProviderJSON.write(body))
    }

    package func makeDecoder() -> OpenAIDecoder { OpenAIDecoder(name) }

    package var probe: ClientRequest {
        if dialect.hasHealth { return endpoint.get(endpoint.base.dropping(suffix: "/v1") + "/health") }
        guard let version = dialect.apiVersion else { return endpoint.get(endpoint.url("/models")) }
        // Azure lists models beside its deployments.
        let resource = endpoint.base.firstRange(of: "/deployments/").map { endpoint.base[..<$0.lowerBound] }
        return endpoint.get((resource ?? endpoint.base[...]) + "/models?api-version=\(version)")
    }

    package func report(from body: [UInt8]) throws(ModelError) -> ProviderReport {
        if dialect.hasHealth {
            _ = try ProviderJSON.decode(OpenAIHealth.self, from: body, name)
            return ProviderReport(models: nil)
        }
        let names = try OpenAIModelList.names(in: body, name)
        // Azure calls a deployment as its owner pleases.
        return ProviderReport(models: dialect.apiVersion == nil ? names : nil)
    }
}

/// llama.cpp's `{"status":"ok"}`.
private struct OpenAIHealth: Decodable {
    let status: String
}

/// `GET /models` of OpenAI and of Anthropic, as far as they agree.
struct OpenAIModelList: Decodable {
    struct Model: Decodable { let id: String }

    let data: [Model]

    static func names(in body: [UInt8], _ model: ModelName) throws(ModelError) -> [String] {
        try ProviderJSON.decode(Self.self, from: body, model).data.map(\.id)
    }
}

extension String {
    fileprivate func dropping(suffix: String) -> String { hasSuffix(suffix) ? String(dropLast(suffix.count)) : self }
}

/// Always a stream: an answer that is wanted whole is collected from its events.
struct OpenAIRequest {
    let model: String
    let messages: [OpenAIMessage]
    let maxTokens: Int?
    let maxCompletionTokens: Int?
    let temperature: Double?
    let topP: Double?
    let stop: [String]?
    let seed: Int?
    let tools: [OpenAITool]?
    let toolChoice: OpenAIToolChoice?

    init(_ request: ModelRequest, model: String, _ dialect: OpenAICodec.Dialect) {
        let sampling = request.sampling
        self.model = model
        messages = request.messages.map(OpenAIMessage.init)
        maxTokens = dialect.usesMaxCompletionTokens ? nil : sampling.maxTokens
        maxCompletionTokens = dialect.usesMaxCompletionTokens ? sampling.maxTokens : nil
        temperature = sampling.temperature
        topP = sampling.topP
        stop = sampling.stop.isEmpty ? nil : sampling.stop
        seed = sampling.seed
        tools = request.tools.isEmpty ? nil : request.tools.map(OpenAITool.init)
        toolChoice = request.tools.isEmpty ? nil : request.toolChoice.map(OpenAIToolChoice.init)
    }
}
