import ContextCore
package import HTTP
package import Runtime

/// Whose wire format is spoken.
package enum Provider: String, CaseIterable, Sendable {
    case extractive, openai, anthropic, llamafile, ollama

    /// The base address as the provider's documentation gives it.
    package var defaultEndpoint: String {
        switch self {
        case .extractive: ""
        case .openai: "https://api.openai.com/v1"
        case .anthropic: "https://api.anthropic.com"
        case .llamafile: "http://127.0.0.1:8080"
        case .ollama: "http://127.0.0.1:11434"
        }
    }

    /// The model that is asked where none is named; llama.cpp's server has just one and takes any name.
    package var defaultModel: String? {
        switch self {
        case .extractive: ExtractiveModel.name.model
        case .llamafile: "default"
        case .openai, .anthropic, .ollama: nil
        }
    }
}

/// How one provider is reached.
package struct ProviderAccess: Sendable {
    package var provider: Provider

    /// `nil` is the provider's own address.
    package var endpoint: String?
    package var key: Secret?

    /// Azure's version of the interface; `nil` for everybody else.
    package var apiVersion: String?

    /// Tokens of a prompt and its answer together; `nil` leaves it to the provider.
    package var contextWindow: Int?
    package var timeouts = ModelTimeouts()

    /// For what requests leave open.
    package var sampling = Sampling()

    /// Told what a model refuses.
    package var log = Log.disabled
    package var metrics = Metrics()

    package init(_ provider: Provider, endpoint: String? = nil, key: Secret? = nil) {
        self.provider = provider
        self.endpoint = endpoint
        self.key = key
    }

    /// A model of this provider; `nil` for the one that needs no provider.
    package func model(named model: String, client: HTTPClient) -> (any LanguageModel)? {
        codec(model).map { reached($0, client) }
    }

    /// What shows whether this provider answers; `nil` for the one that needs no provider.
    package func probe(model: String) -> ProviderProbe? {
        codec(model).map { ProviderProbe($0, secret: key) }
    }

    private func codec(_ model: String) -> (any ProviderCodec)? {
        let name = ModelName(provider: provider.rawValue, model: model)
        let endpoint = reachedEndpoint
        switch provider {
        case .extractive: return nil
        case .openai, .llamafile: return OpenAICodec(name, at: endpoint, dialect: dialect)
        case .anthropic: return AnthropicCodec(name, at: endpoint)
        case .ollama: return OllamaCodec(name, at: endpoint, window: window ?? Self.ollamaWindow)
        }
    }

    private func reached(_ codec: some ProviderCodec, _ client: HTTPClient) -> any LanguageModel {
        ProviderModel(
            codec,
            client: client,
            timeouts: timeouts,
            sampling: sampling,
            window: window ?? (provider == .ollama ? Self.ollamaWindow : nil),
            secret: key,
            log: log,
            metrics: metrics
        )
    }

    private var window: PromptWindow? { contextWindow.map(PromptWindow.init) }

    /// Ollama must be told a window, and loads the model with it.
    private static let ollamaWindow = PromptWindow(tokens: 8_192)

    var reachedEndpoint: ProviderEndpoint {
        ProviderEndpoint(endpoint ?? provider.defaultEndpoint, headers: headers)
    }

    private var headers: HTTPHeaders {
        var headers: HTTPHeaders = [:]
        if provider == .anthropic { headers["anthropic-version"] = AnthropicCodec.version }
        guard let key else { return headers }
        switch provider {
        case .anthropic: headers["x-api-key"] = key.reveal()
        case .openai where apiVersion != nil: headers["api-key"] = key.reveal()
        default: headers["Authorization"] = "Bearer \(key.reveal())"
        }
        return headers
    }

    var dialect: OpenAICodec.Dialect {
        var dialect = OpenAICodec.Dialect()
        dialect.apiVersion = apiVersion
        let isOpenAI = provider == .openai && (endpoint?.hasPrefix("https://api.openai.com/") ?? true)
        if provider == .llamafile {
            dialect.path = "/v1/chat/completions"
            dialect.hasHealth = true
            dialect.counting = .template
        } else if isOpenAI, apiVersion == nil {
            dialect.counting = .inputTokens
        }
        dialect.usesMaxCompletionTokens = isOpenAI || provider == .openai && apiVersion != nil
        return dialect
    }
}
