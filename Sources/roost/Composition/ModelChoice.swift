import ContextCore
import HTTP
import LanguageModels
import Retrieval
import Runtime

/// The language models that the configuration names.
struct ModelChoice: Sendable {
    let catalog: ModelCatalog

    /// Moves the providers' bytes.
    let client: HTTPClient

    /// How to see whether those that are reached over HTTP answer, the preferred one first.
    let providers: [(probe: ProviderProbe, isFallback: Bool)]

    init(
        _ settings: LanguageModelSettings,
        extractive: ExtractiveModel,
        client: HTTPClient,
        metrics: Metrics,
        log: Log
    ) throws(ConfigurationError) {
        var routing = RouterConfiguration()
        routing.retryAttempts = settings.retryAttempts
        routing.concurrentRequests = settings.concurrentRequests
        routing.waitingRequests = settings.waitingRequests
        let lane: @Sendable (any LanguageModel, String?) -> ModelLane = { [routing] model, label in
            ModelLane(model, label: label, configuration: routing, metrics: metrics)
        }
        let access = try settings.access.telling(log, metrics)
        let preferred = try Self.model(access, settings.model, client) ?? extractive
        let fallback = try settings.fallbackAccess.flatMap { (access, model) throws(ConfigurationError) in
            try Self.model(access.telling(log, metrics), model, client) ?? extractive
        }
        self.client = client
        providers = try Self.providers(settings)
        catalog = ModelCatalog(
            ModelRouter(
                lane(preferred, nil),
                fallback: fallback.map { lane($0, nil) },
                configuration: routing
            ),
            configuration: routing,
            lane: lane,
            make: { access.model(named: $0, client: client) }
        )
    }

    private static func providers(
        _ settings: LanguageModelSettings
    ) throws(ConfigurationError) -> [(probe: ProviderProbe, isFallback: Bool)] {
        func probe(_ access: ProviderAccess, _ name: String?) -> ProviderProbe? {
            (name ?? access.provider.defaultModel).flatMap { access.probe(model: $0) }
        }
        let fallback = try settings.fallbackAccess.flatMap { probe($0.access, $0.model) }
        return [probe(try settings.access, settings.model).map { ($0, false) }, fallback.map { ($0, true) }]
            .compactMap(\.self)
    }

    private static func model(
        _ access: ProviderAccess,
        _ name: String?,
        _ client: HTTPClient
    ) throws(ConfigurationError) -> (any LanguageModel)? {
        guard let name = name ?? access.provider.defaultModel else {
            throw .contradiction("llm.provider is \(access.provider), but llm.model does not say which model to ask.")
        }
        return access.model(named: name, client: client)
    }
}

extension LanguageModelSettings {
    /// How many requests are under way, the lanes say; a second limit in the client would let some of them time out.
    var client: ClientConfiguration {
        var client = ClientConfiguration()
        client.limits.connectionsPerHost = nil
        client.limits.idleConnections = concurrentRequests
        return client
    }

    var access: ProviderAccess {
        get throws(ConfigurationError) {
            guard let provider = Provider(rawValue: provider) else {
                throw .contradiction("llm.provider is “\(provider)”, which is unknown.")
            }
            var access = ProviderAccess(provider, endpoint: endpoint, key: apiKey)
            access.apiVersion = apiVersion
            access.contextWindow = contextWindow
            access.timeouts.firstToken = .seconds(timeoutSeconds)
            access.timeouts.silence = .seconds(timeoutSeconds)
            access.sampling = Sampling(maxTokens: maximumTokens, temperature: temperature)
            return access
        }
    }

    /// `llm.fallback_model`: a model of the same provider, `provider:model`, or an object of the keys of `llm`.
    ///
    /// Names of
    /// models may hold a colon themselves, so what stands before it counts only when it is a provider's name.
    var fallbackAccess: (access: ProviderAccess, model: String?)? {
        get throws(ConfigurationError) {
            guard let fallback else { return nil }
            guard let name = fallback.stringValue else {
                let settings = try FallbackObject(fallback, like: self).settings
                return (try settings.access, settings.model)
            }
            let parts = name.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, let other = Provider(rawValue: String(parts[0])) else {
                return (try access, name)
            }
            var settings = other.rawValue == provider ? self : elsewhere
            settings.provider = other.rawValue
            return (try settings.access, String(parts[1]))
        }
    }
}

extension LanguageModelSettings {
    /// The same manners at a provider of which nothing is known yet.
    fileprivate var elsewhere: LanguageModelSettings {
        var settings = LanguageModelSettings()
        settings.temperature = temperature
        settings.maximumTokens = maximumTokens
        settings.timeoutSeconds = timeoutSeconds
        return settings
    }
}

/// The fallback as an object: the keys of `llm` that say who is asked.
private struct FallbackObject {
    let settings: LanguageModelSettings

    init(_ object: JSONValue, like preferred: LanguageModelSettings) throws(ConfigurationError) {
        var settings = preferred.elsewhere
        // A temperature of null is no omission: the model then chooses its own.
        for (key, value) in object.objectValue ?? [:] where value != .null || key == "temperature" {
            switch (key, value) {
            case ("provider", .string(let text)): settings.provider = text
            case ("api_key", .string(let text)): settings.apiKey = Secret(text)
            case ("model", .string(let text)): settings.model = text
            case ("endpoint", .string(let text)): settings.endpoint = text
            case ("api_version", .string(let text)): settings.apiVersion = text
            case ("context_window", .number(let number)) where Int(exactly: number) != nil:
                settings.contextWindow = Int(number)
            case ("timeout_secs", .number(let number)) where Int(exactly: number) != nil:
                settings.timeoutSeconds = Int(number)
            case ("max_tokens", .number(let number)) where Int(exactly: number) != nil:
                settings.maximumTokens = Int(number)
            case ("temperature", .number(let number)): settings.temperature = number
            case ("temperature", .null): settings.temperature = nil
            default:
                throw .contradiction(
                    "llm.fallback_model.\(key) is not understood; use provider, model, endpoint, api_key, api_version, "
                        + "context_window, timeout_secs, max_tokens or temperature, with the types that they have in llm."
                )
            }
        }
        self.settings = settings
    }
}

extension ProviderAccess {
    /// The same, and what its models refuse is logged and counted.
    fileprivate func telling(_ log: Log, _ metrics: Metrics) -> ProviderAccess {
        var access = self
        access.log = log
        access.metrics = metrics
        return access
    }
}

extension Roost {
    /// Answers with sentences of what is kept: the model where none is configured.
    static func extractiveModel(_ settings: LanguageModelSettings, _ library: PassageLibrary) -> ExtractiveModel {
        var extraction = ExtractiveModel.Configuration()
        extraction.sentences = settings.answerSentences
        return ExtractiveModel(
            configuration: extraction,
            measures: ExtractiveModel.Measures(
                frequencies: { library.inverseDocumentFrequencies(of: $0, for: $1) },
                similarities: { try await library.similarities(of: $1, to: $0) }
            )
        )
    }
}

extension PassageLibrary {
    /// The cosine of each text to the question; empty where there is no embedder.
    fileprivate func similarities(of texts: [String], to question: String) async throws -> [Double] {
        let vectors = try await localVectors(of: [question] + texts)
        guard let question = vectors.first ?? nil else { return [] }
        return vectors.dropFirst().map { vector in
            Double(zip(vector ?? [], question).reduce(0) { $0 + $1.0 * $1.1 })
        }
    }
}
