import ContextCore
import HTTP
import LanguageModels
import Runtime
import Testing

/// One after the other: limits of time that must run out stand beside some that must not.
@Suite(.serialized, .timeLimit(.minutes(1))) enum FaultTests {}

/// Runs a provider with these scripts, and a client for it.
func withProvider<Result: Sendable>(
    _ scripts: [FakeProvider.Step]...,
    body: @escaping @Sendable (FakeProvider, HTTPClient) async throws -> Result
) async throws -> Result {
    let provider = try FakeProvider(scripts)
    let client = HTTPClient()
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await provider.run() }
        group.addTask { try await client.run() }
        defer { group.cancelAll() }
        return try await body(provider, client)
    }
}

extension WireFormat {
    func model(
        at base: String,
        _ client: HTTPClient,
        named name: String = "m",
        _ change: (inout ModelTimeouts) -> Void = { _ in }
    ) throws -> any LanguageModel {
        var access = ProviderAccess(provider, endpoint: base)
        change(&access.timeouts)
        guard let model = access.model(named: name, client: client) else { throw NoModel() }
        return model
    }

    struct NoModel: Error {}
}

/// What a caller sees of one request.
struct Outcome: Sendable {
    var text = ""
    var usage: TokenUsage?
    var error: ModelError?
    var requests = 0
}

/// Asks once, without a router.
func outcome(
    _ format: WireFormat,
    _ steps: [FakeProvider.Step],
    _ change: @escaping @Sendable (inout ModelTimeouts) -> Void = { _ in }
) async throws -> Outcome {
    try await withProvider(steps) { provider, client in
        var outcome = Outcome()
        do {
            try await format.model(at: provider.base, client, change).respond(to: .question) { event in
                switch event {
                case .text(let text): outcome.text += text
                case .finished(_, let usage): outcome.usage = usage
                case .toolCall: break
                }
            }
        } catch let error as ModelError {
            outcome.error = error
        }
        outcome.requests = provider.requests.count
        return outcome
    }
}

extension ModelRequest {
    static let question = ModelRequest([Message(.user, "?")])
}
