package import ContextCore
import Documents
package import LanguageModels

/// Makes a short text of many messages: by the model where there is one, else of their most central sentences.
///
/// A model that fails is no reason to have no summary: the extractive one takes its place, and says so. More messages than
/// the model's window holds are summarised in steps, each with the summary so far; all of every message is read.
package struct Summarizer: Sendable {
    package struct Summary: Hashable, Sendable {
        package enum Method: String, Sendable { case model, extractive }

        package let text: String
        package let tokens: Int
        package let method: Method

        /// Who wrote it; `nil` for sentences that were quoted.
        package let model: String?
    }

    package struct Configuration: Sendable {
        /// Tokens of a summary that nobody gave a limit.
        package var tokens = 400

        /// Tokens that the model reads at once, instruction and answer included.
        package var window = 4_096

        /// The model that summarises; `nil` for the preferred one.
        package var model: String?

        package init() {}
    }

    private let models: ModelCatalog
    private let configuration: Configuration
    private let meter: TokenMeter
    private let extraction = ExtractiveSummary()

    package init(
        models: ModelCatalog,
        configuration: Configuration = Configuration(),
        meter: TokenMeter
    ) {
        self.models = models
        self.configuration = configuration
        self.meter = meter
    }

    /// - Parameters:
    ///   - previous: what came before the messages, already summarised.
    ///   - limit: tokens of the summary.
    ///   - key: whose share of the provider it takes.
    package func summarize(
        _ messages: [Message],
        after previous: String? = nil,
        within limit: Int? = nil,
        for key: String,
        progress: (_ done: Int) async throws -> Void = { _ in }
    ) async throws -> Summary {
        let limit = min(limit ?? configuration.tokens, longestSummary)
        let router = models.router(for: configuration.model)
        if router.preferred.model.name.provider != Provider.extractive.rawValue {
            do {
                if let summary = try await generate(messages, previous, limit, router, key, progress) { return summary }
            } catch is ModelFailure {
                // The extractive summary says by its method that the model did not write it.
            }
        }
        let earlier = previous.map { [Message(.system, $0)] } ?? []
        let text = extraction.summary(of: earlier + messages, within: limit, count: { meter.count($0) })
        try await progress(messages.count)
        return Summary(text: text, tokens: meter.count(text), method: .extractive, model: nil)
    }

    /// Tokens of the longest summary: as many has the summary so far, and as many are for what is summarised.
    package var longestSummary: Int { max(1, (configuration.window - Self.reserve) / 3) }

    /// `nil` when the model said nothing, or a fallback answered that only quotes.
    private func generate(
        _ messages: [Message],
        _ previous: String?,
        _ limit: Int,
        _ router: ModelRouter,
        _ key: String,
        _ progress: (Int) async throws -> Void
    ) async throws -> Summary? {
        var summary = previous
        var author = router.preferred.model.name
        var unread = UnreadMessages(messages)
        while !unread.isEmpty {
            let room = configuration.window - limit - Self.reserve - meter.count(summary ?? "")
            let step = unread.next(within: room, meter)
            var request = ModelRequest([
                Message(.system, PromptTexts.summaryInstruction(words: limit * 3 / 4)),
                Message(.user, Self.transcript(step, after: summary)),
            ])
            request.sampling = Sampling(maxTokens: limit, temperature: 0)
            let answer = try await router.answer(to: request, for: key)
            let text = Self.finished(answer)
            guard answer.model.provider != Provider.extractive.rawValue, !text.isEmpty else { return nil }
            author = answer.model
            summary = text
            try await progress(messages.count - unread.count)
        }
        let text = summary ?? ""
        return Summary(text: text, tokens: meter.count(text), method: .model, model: "\(author)")
    }

    /// The answer without the sentence that it broke off in, unless there is no other.
    private static func finished(_ answer: ModelAnswer) -> String {
        let text = answer.text.trimmed
        guard answer.finish == .length,
            let last = SentenceSplitter.sentences(in: text).dropLast().last
        else { return text }
        return String(text[..<last.endIndex])
    }

    /// For the instruction and the transcript's headings.
    private static let reserve = 150

    private static func transcript(_ messages: [Message], after summary: String?) -> String {
        let lines = messages.map { "\($0.role.rawValue): \($0.text)" }
        return ((summary.map { ["So far: \($0)"] } ?? []) + lines).joined(separator: "\n\n")
    }
}
