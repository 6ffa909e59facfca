import HTTP
import LanguageModels
import Runtime

/// How a model is: the preferred one, or its fallback.
struct ModelStatus: Encodable {
    /// As requests name it, `provider:model`.
    let model: String
    let isFallback: Bool

    /// The provider's host; `nil` for the model in this process.
    let address: String?

    /// `ok`, `unknown` where the provider is there and doesn't say, or `failed`.
    let status: String

    /// Of the answer, a bad one too; `nil` where nobody had to be asked.
    let milliseconds: Double?

    /// In the provider's own words where it had some.
    let problem: String?

    private enum CodingKeys: String, CodingKey {
        case model, address, status, milliseconds, problem
        case isFallback = "fallback"
    }

    /// Asks all providers at once, each for at most two seconds.
    ///
    /// - Throws: `CancellationError`.
    static func ask(_ choice: ModelChoice) async throws -> [ModelStatus] {
        try await withThrowingTaskGroup(of: (Int, ModelStatus).self) { group in
            for (place, model) in choice.catalog.models.enumerated() {
                let probe = choice.providers.first { $0.isFallback == (place > 0) }?.probe
                group.addTask {
                    guard let probe else { return (place, ModelStatus(quoting: model.name, isFallback: place > 0)) }
                    let start = MonotonicTime.now
                    let health = try await probe.ask(choice.client, within: .seconds(2))
                    let milliseconds = MonotonicTime.now.milliseconds(since: start)
                    return (place, ModelStatus(probe, health, milliseconds, isFallback: place > 0))
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    /// The model that needs no provider.
    private init(quoting name: ModelName, isFallback: Bool) {
        model = name.description
        self.isFallback = isFallback
        address = nil
        status = "ok"
        milliseconds = nil
        problem = nil
    }

    private init(_ probe: ProviderProbe, _ health: ProviderProbe.Health, _ milliseconds: Double, isFallback: Bool) {
        model = probe.name.description
        self.isFallback = isFallback
        self.milliseconds = milliseconds
        address = Self.origin(of: probe.request.address)
        (status, problem) =
            switch health {
            case .answers: ("ok", nil)
            case .lacksModel: ("failed", "it has no model “\(probe.name.model)”")
            case .silent(let code): ("unknown", "it answers, but has no list of models (status \(code))")
            case .fails(let words): ("failed", words)
            }
    }

    /// Scheme, host and port.
    private static func origin(of address: String) -> String {
        guard let scheme = address.firstRange(of: "://") else { return address }
        return String(address[..<scheme.upperBound] + address[scheme.upperBound...].prefix { $0 != "/" })
    }

    var text: String {
        let label = isFallback ? "fallback    " : "model       "
        guard let address, let milliseconds else { return label + "\(model): quotes, in this process" }
        return label + "\(model) at \(address), \(status), \(milliseconds) ms" + (problem.map { ": \($0)" } ?? "")
    }
}
