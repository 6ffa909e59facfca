import ContextCore
import LanguageModels
import Synchronization

/// A model whose answers are written down, one a request, and which remembers what it was asked.
final class ScriptedModel: LanguageModel {
    enum Answer: Sendable {
        case say([String])
        case fail(ModelError.Kind)
        /// Nothing for a while, and then a failure.
        case failLate(after: Duration)
        /// Says something and then fails.
        case breakOff(String)
        /// Says something, and then nothing until it is cancelled.
        case hang(String)
        case call(ToolCall)
        /// Says something, and then its tokens have run out.
        case runOut(String)
    }

    let name = ModelName(provider: "scripted", model: "parrot")
    private let answers: Mutex<[Answer]>
    private let seen = Mutex<[ModelRequest]>([])
    private let counts: (@Sendable (ModelRequest) -> Int)?
    private let window: Int?

    /// - Parameters:
    ///   - answers: the last one is given again and again.
    ///   - counts: what it reports as the prompt's tokens, and says when it is asked to count.
    ///   - window: tokens of its prompts.
    init(_ answers: Answer..., counts: (@Sendable (ModelRequest) -> Int)? = nil, window: Int? = nil) {
        self.answers = Mutex(answers)
        self.counts = counts
        self.window = window
    }

    func promptLimit(for sampling: Sampling) -> Int? { window }

    var countsTokens: Bool { counts != nil }

    func countTokens(of request: ModelRequest) async throws -> Int? { counts?(request) }

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
        case .failLate(let silence):
            try await Task.sleep(for: silence)
            throw ModelError(.firstTokenTimeout, name, "scripted silence")
        case .breakOff(let text):
            try await receive(.text(text))
            throw ModelError(.connectionLost, name, "the line is dead")
        case .hang(let text):
            try await receive(.text(text))
            try await Task.sleep(for: .seconds(600))
        case .call(let call):
            try await receive(.toolCall(call))
            return try await receive(.finished(.toolCalls, TokenUsage(input: 7, output: 5)))
        case .runOut(let text):
            try await receive(.text(text))
            return try await receive(.finished(.length, TokenUsage(input: 7, output: 5)))
        }
        try await receive(.finished(.stop, TokenUsage(input: counts?(request) ?? 11, output: 3, cachedInput: 4)))
    }
}

extension LanguageModel {
    /// A catalog of this model alone; it fails at once instead of trying again.
    var catalog: ModelCatalog {
        var configuration = RouterConfiguration()
        configuration.retryAttempts = 0
        configuration.failuresUntilRest = 1_000
        return ModelCatalog(
            ModelRouter(ModelLane(self, configuration: configuration), configuration: configuration),
            configuration: configuration,
            lane: { [configuration] in ModelLane($0, label: $1, configuration: configuration) },
            make: { _ in nil }
        )
    }
}
