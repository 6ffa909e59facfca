package import ContextCore
package import LanguageModels
package import Retrieval

/// Assembles the prompt of a turn: looks for passages, plans within the budget, and accounts for both.
///
/// The same for a conversation, a job and a chat request; what differs is what they bring.
package struct PromptAssembler: Sendable {
    private let library: PassageLibrary
    private let configuration: ContextConfiguration
    private let planner: PromptPlanner
    private let packer: ContextPacker

    package init(library: PassageLibrary, configuration: ContextConfiguration, estimator: TokenEstimator) {
        self.library = library
        self.configuration = configuration
        planner = PromptPlanner(estimator: estimator)
        packer = ContextPacker(
            renderer: PassageRenderer(limits: configuration.rendering),
            duplicateThreshold: configuration.duplicateThreshold,
            count: { estimator.count($0) }
        )
    }

    package struct Assembly: Sendable {
        package let prompt: PromptPlanner.Prompt
        package let candidates: [ContextAssembler.Candidate]
        package let collections: [String]
        /// Told to the model when nothing was found; `nil` when there was no need.
        package let nearestTopics: [String]?
        package let degraded: [String]

        /// The passages that an answer names by their numbers.
        func citations(in text: String) -> [Citation] {
            let scores = Dictionary(candidates.map { ($0.hit.passage.key, $0.hit.score) }) { $1 }
            return Citation.cited(
                in: text,
                of: prompt.pack.parts.map { ($0.passage, scores[$0.passage.key] ?? 0) }
            )
        }

        /// The request to a model.
        ///
        /// After the passages of the prompt, a model that quotes may look into the best of the others.
        package var request: ModelRequest {
            var request = ModelRequest(prompt.messages)
            request.stablePrefix = prompt.stablePrefix
            request.passages = prompt.pack.parts.map(\.passage)
            return request
        }
    }

    /// - Parameters:
    ///   - collections: where passages are looked for; empty for nowhere.
    ///   - passages: the most that are looked at.
    ///   - limit: tokens of the whole prompt.
    /// - Throws: ``ContextError`` (context length exceeded) when not even the question fits.
    package func assemble(
        _ parts: PromptPlanner.Parts,
        from collections: [PassageCollection],
        passages: Int,
        within limit: Int,
        for principal: Principal
    ) async throws -> Assembly {
        let outcome = try await search(parts.question.text, in: collections, limit: passages, for: principal)
        let candidates = outcome.hits.map { ContextAssembler.Candidate(hit: $0, isNeighbour: false) }
        let packable = candidates.map { candidate in
            ContextPacker.Candidate(
                passage: candidate.hit.passage,
                isRelevant: configuration.relevance.accept(candidate.hit.evidence)
            )
        }
        var parts = parts
        let topics = candidates.prefix(Self.nearestTopics).map(\.hit.passage.title).uniqued()
        if !collections.isEmpty, !packable.contains(where: \.isRelevant) { parts.nearestTopics = topics }
        let prompt = try planner.plan(parts, within: limit) { tokens in
            packer.pack(packable, as: .full, within: tokens, after: DeliveryRecord())
        }
        return Assembly(
            prompt: prompt,
            candidates: candidates,
            collections: collections.map(\.name),
            nearestTopics: parts.nearestTopics,
            degraded: outcome.degraded
        )
    }

    private static let nearestTopics = 3

    private func search(
        _ question: String,
        in collections: [PassageCollection],
        limit: Int,
        for principal: Principal
    ) async throws -> SearchOutcome {
        guard !collections.isEmpty, !question.trimmed.isEmpty else { return SearchOutcome() }
        let words = String(question.prefix(configuration.limits.query))
        return try await library.search(
            RetrievalQuery(words, in: collections, limit: limit),
            for: principal
        )
    }
}
