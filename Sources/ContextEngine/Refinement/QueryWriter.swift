import ContextCore
package import LanguageModels
import Runtime

/// Has the language model write search queries, within a time limit.
///
/// A model that is slow, fails, or says nothing that could be a query is no reason to fail a request: whoever asked goes
/// on by rule, and the answer names `model` as degraded. What a model proposed is only ever suggested after it was
/// searched for.
package struct QueryWriter: Sendable {
    package struct Configuration: Sendable {
        /// For all of it, the wait for a turn included; 0 asks no model.
        package var timeout = Duration.seconds(2)

        /// Characters of the context that the model reads.
        package var contextCharacters = 500

        /// Earlier queries that it reads, the newest.
        package var pastQueries = 20

        /// Characters of a query, those that it reads and those that it writes.
        package var queryCharacters = 200

        /// Tokens of what it says.
        package var answerTokens = 400

        package init() {}
    }

    /// What came of it.
    struct Proposals: Sendable {
        var queries: [String] = []

        /// Who wrote them; `nil` when nobody did.
        var author: String?

        /// `model` when there is one and it did not deliver.
        var degraded: [String] = []

        static let missing = Proposals(degraded: ["model"])
    }

    private let models: ModelCatalog
    private let configuration: Configuration

    package init(models: ModelCatalog, configuration: Configuration = Configuration()) {
        self.models = models
        self.configuration = configuration
    }

    /// Whether there is a model to ask.
    private var isAvailable: Bool { models.hasModel && configuration.timeout > .zero }

    /// Up to `count` queries that would bring something new after this turn.
    ///
    /// - Parameter key: whose share of the provider it takes.
    /// - Throws: only `CancellationError`, when the caller has gone.
    func followUps(
        to query: String,
        context: String,
        asked: [String],
        count: Int,
        for key: String
    ) async throws -> Proposals {
        guard isAvailable else { return Proposals() }
        return try await propose(
            PromptTexts.followUpInstruction(count: count),
            PromptTexts.followUpQuestion(
                query: clipped(query),
                context: String(context.prefix(configuration.contextCharacters)),
                asked: asked.suffix(configuration.pastQueries).map(clipped)
            ),
            count: count,
            for: key
        )
    }

    /// A query a gap, in the order of the gaps; fewer where the model stopped before.
    ///
    /// - Parameter query: what the session is about.
    func queries(
        for gaps: [String],
        about query: String,
        asked: [String],
        for key: String
    ) async throws -> Proposals {
        guard isAvailable, !gaps.isEmpty else { return Proposals() }
        return try await propose(
            PromptTexts.gapInstruction(count: gaps.count),
            PromptTexts.gapQuestion(
                query: clipped(query),
                gaps: gaps.map(clipped),
                asked: asked.suffix(configuration.pastQueries).map(clipped)
            ),
            count: gaps.count,
            for: key
        )
    }

    private func clipped(_ text: String) -> String { text.clipped(to: configuration.queryCharacters) }

    private func propose(
        _ instruction: String,
        _ question: String,
        count: Int,
        for key: String
    ) async throws -> Proposals {
        var request = ModelRequest([Message(.system, instruction), Message(.user, question)])
        request.sampling = Sampling(maxTokens: configuration.answerTokens, temperature: 0)
        let (router, asked) = (models.standard, request)
        let answer: ModelAnswer?
        do {
            answer = try await limited(to: configuration.timeout) { try await router.answer(to: asked, for: key) }
        } catch is ModelFailure {
            return .missing
        }
        guard let answer, answer.model.provider != Provider.extractive.rawValue else { return .missing }
        let limits = WrittenQueries.Limits(count: count, characters: configuration.queryCharacters)
        let queries = WrittenQueries(answer.text, limits: limits).queries
        return queries.isEmpty ? .missing : Proposals(queries: queries, author: "\(answer.model)")
    }
}
