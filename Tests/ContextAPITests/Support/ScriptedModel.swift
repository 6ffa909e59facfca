import ContextCore
import LanguageModels
import Synchronization

/// A model whose answers are written down, one a request, and which remembers what it was asked.
final class ScriptedModel: LanguageModel {
    enum Answer: Sendable {
        case say([String])
        case fail(ModelError.Kind)
        /// Says something and then fails.
        case breakOff(String)
        /// Says something, and then nothing until it is cancelled.
        case hang(String)
        case call(ToolCall)
    }

    let name = ModelName(provider: "scripted", model: "parrot")
    private let answers: Mutex<[Answer]>
    private let seen = Mutex<[ModelRequest]>([])

    /// - Parameter answers: the last one is given again and again.
    init(_ answers: Answer...) {
        self.answers = Mutex(answers)
    }

    var requests: [ModelRequest] { seen.withLock(\.self) }

    /// The prompt of the last request, a line a message.
    var lastPrompt: [String] { requests.last?.messages.map { "\($0.role.rawValue): \($0.text)" } ?? [] }

    func respond(to request: ModelRequest, _ receive: (ModelEvent) async throws -> Void) async throws {
        seen.withLock { $0.append(request) }
        let answer = answers.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
        switch answer {
        case .say(let texts):
            for text in texts { try await receive(.text(text)) }
        case .fail(let kind): throw ModelError(kind, name, "scripted failure")
        case .breakOff(let text):
            try await receive(.text(text))
            throw ModelError(.connectionLost, name, "the line is dead")
        case .hang(let text):
            try await receive(.text(text))
            try await Task.sleep(for: .seconds(600))
        case .call(let call):
            try await receive(.toolCall(call))
            return try await receive(.finished(.toolCalls, TokenUsage(input: 7, output: 5)))
        }
        try await receive(.finished(.stop, TokenUsage(input: 11, output: 3, cachedInput: 4)))
    }
}

extension LanguageModel {
    /// A catalog of this model alone; it fails at once instead of trying again.
    var catalog: ModelCatalog {
        var configuration = RouterConfiguration()
        configuration.retryAttempts = 0
        configuration.failuresUntilRest = 1_000
        let lane: @Sendable (any LanguageModel) -> ModelLane = { [configuration] in
            ModelLane($0, configuration: configuration)
        }
        return ModelCatalog(
            ModelRouter(lane(self), configuration: configuration),
            configuration: configuration,
            lane: lane,
            make: { _ in nil }
        )
    }
}
