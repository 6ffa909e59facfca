/// Something that answers messages.
///
/// Streaming comes first: an answer that is wanted whole is collected from its events (``LanguageModel/answer(to:)``).
package protocol LanguageModel: Sendable {
    /// Which model, at which provider, for answers, manifests and metrics.
    var name: ModelName { get }

    /// Calls `receive` with each event in order, and returns when the answer is complete.
    ///
    /// The next event is not read before `receive` returns, so a slow client slows the provider down instead of filling
    /// memory. The last event is ``ModelEvent/finished(_:_:)``. Cancelling the task ends the provider's work at once.
    ///
    /// - Throws: ``ModelError``, `CancellationError`, or what `receive` throws.
    func respond(to request: ModelRequest, _ receive: (ModelEvent) async throws -> Void) async throws

    /// Tokens that the prompt of such an answer may have; `nil` where that is not known here.
    func promptLimit(for sampling: Sampling) -> Int?

    /// Whether ``countTokens(of:)`` is worth a request.
    var countsTokens: Bool { get }

    /// The tokens of the request's prompt as its provider counts them, without an answer; `nil` where it can't.
    ///
    /// - Throws: ``ModelError`` or `CancellationError`.
    func countTokens(of request: ModelRequest) async throws -> Int?
}

extension LanguageModel {
    package func promptLimit(for sampling: Sampling) -> Int? { nil }

    package var countsTokens: Bool { false }

    package func countTokens(of request: ModelRequest) async throws -> Int? { nil }

    /// The whole answer.
    package func answer(to request: ModelRequest) async throws -> ModelAnswer {
        var answer = ModelAnswer(model: name)
        try await respond(to: request) { answer.append($0) }
        return answer
    }
}

/// A model at a provider, written `provider:model`.
package struct ModelName: Hashable, Sendable, CustomStringConvertible {
    package let provider: String
    package let model: String

    package init(provider: String, model: String) {
        self.provider = provider
        self.model = model
    }

    package var description: String { "\(provider):\(model)" }

    /// Whether a request that says `name` means this one.
    package func isMeant(by name: String) -> Bool { name == model || name == description }
}
