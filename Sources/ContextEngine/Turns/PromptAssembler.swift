package import ContextCore
package import LanguageModels
package import Retrieval

/// Assembles the prompt of a turn: looks for passages, plans within the budget, and accounts for both.
///
/// The same for a conversation, a job and a chat request; what differs is what they bring.
package struct PromptAssembler: Sendable {
    private let library: PassageLibrary
    private let configuration: ContextConfiguration
    let meters: PromptMeters

    package init(library: PassageLibrary, configuration: ContextConfiguration, meters: PromptMeters) {
        self.library = library
        self.configuration = configuration
        self.meters = meters
    }

    func packer(_ meter: TokenMeter) -> ContextPacker {
        ContextPacker(
            renderer: PassageRenderer(limits: configuration.rendering),
            duplicateThreshold: configuration.duplicateThreshold,
            tokensBeside: PromptPlanner.tokensPerNumber,
            count: { meter.count($0) }
        )
    }

    package struct Assembly: Sendable {
        package let prompt: PromptPlanner.Prompt
        package let candidates: [ContextAssembler.Candidate]
        package let collections: [String]
        /// Told to the model when nothing was found; `nil` when there was no need.
        package let nearestTopics: [String]?
        package let degraded: [String]
        let meter: TokenMeter
        var tools: [Tool] = []

        /// What the window took of a history that the caller holds.
        var selection = HistoryWindow.Selection()

        /// The preferred provider's count of it, where it was asked.
        fileprivate(set) var counted: Int?

        var measure: PromptMeasure { PromptMeasure(factor: meter.factor, counted: counted) }

        /// The passages that an answer names by their numbers.
        func citations(in text: String) -> [Citation] {
            let scores = Dictionary(candidates.map { ($0.hit.passage.key, $0.hit.score) }) { $1 }
            return Citation.cited(
                in: text,
                of: prompt.pack.parts.map { ($0.passage, scores[$0.passage.key] ?? 0) }
            )
        }

        /// The request to a model.
        package var request: ModelRequest {
            var request = ModelRequest(prompt.messages)
            request.stablePrefix = prompt.stablePrefix
            request.tools = tools
            request.passages = prompt.pack.parts.map(\.passage)
            request.nearestTopics = nearestTopics ?? []
            return request
        }
    }

    /// - Parameters:
    ///   - collections: where passages are looked for; empty for nowhere.
    ///   - passages: the most that are looked at.
    ///   - limit: tokens of the whole prompt.
    ///   - router: who answers, and so who counts.
    /// - Throws: ``ContextError`` (context length exceeded) when not even the question fits.
    package func assemble(
        _ parts: PromptPlanner.Parts,
        from collections: [PassageCollection],
        passages: Int,
        within limit: Int,
        answeredBy router: ModelRouter,
        for principal: Principal
    ) async throws -> Assembly {
        let found = try await find(parts.question.text, in: collections, limit: passages, for: principal)
        var parts = parts
        parts.nearestTopics = found.nearestTopics ?? parts.nearestTopics
        let complete = parts
        return try await settle(within: limit, answeredBy: router) { meter in
            let packer = packer(meter)
            let prompt = try PromptPlanner(meter: meter).plan(complete, within: limit) { tokens in
                packer.pack(found.packable, as: .full, within: tokens, after: DeliveryRecord())
            }
            return found.assembly(of: prompt, nearestTopics: complete.nearestTopics, meter, complete.tools)
        }
    }

    /// Plans a prompt; where it comes near its limit the provider counts it, if it can, and when it is over it is planned
    /// again by what was learned.
    func settle(
        within limit: Int,
        answeredBy router: ModelRouter,
        _ plan: (TokenMeter) throws -> Assembly
    ) async throws -> Assembly {
        let meter = meters.meter(for: router)
        var assembly = try plan(meter)
        guard let counted = try await meters.count(assembly, within: limit, for: router) else { return assembly }
        guard counted > limit else {
            assembly.counted = counted
            return assembly
        }
        var stricter = meter
        let ratio = min(Double(counted) / Double(assembly.prompt.ledger.total), TokenCalibration.bounds.upperBound)
        stricter.factor *= ratio * Self.reserve
        return try plan(stricter)
    }

    /// What is left out may have had fewer tokens than the rest, for what it was counted.
    private static let reserve = 1.02

    /// What was found for a question, before any budget.
    struct Findings {
        let candidates: [ContextAssembler.Candidate]
        let packable: [ContextPacker.Candidate]
        let collections: [String]
        let degraded: [String]

        /// The titles of what came nearest when nothing is relevant; `nil` where there was no need, or no search.
        let nearestTopics: [String]?

        func assembly(
            of prompt: PromptPlanner.Prompt,
            nearestTopics: [String]?,
            _ meter: TokenMeter,
            _ tools: [Tool] = []
        ) -> Assembly {
            Assembly(
                prompt: prompt,
                candidates: candidates,
                collections: collections,
                nearestTopics: nearestTopics,
                degraded: degraded,
                meter: meter,
                tools: tools
            )
        }
    }

    /// - Parameter threshold: the least score of a passage.
    func find(
        _ question: String,
        in collections: [PassageCollection],
        limit: Int,
        threshold: Double? = nil,
        for principal: Principal
    ) async throws -> Findings {
        var outcome = SearchOutcome()
        if !collections.isEmpty, !question.trimmed.isEmpty {
            let words = String(question.prefix(configuration.limits.query))
            let query = RetrievalQuery(words, in: collections, limit: limit, threshold: threshold)
            outcome = try await library.search(query, for: principal)
        }
        let candidates = outcome.hits.map { ContextAssembler.Candidate(hit: $0, isNeighbour: false) }
        let packable = candidates.map { candidate in
            ContextPacker.Candidate(
                passage: candidate.hit.passage,
                isRelevant: configuration.relevance.accept(candidate.hit.evidence)
            )
        }
        let topics = candidates.prefix(Self.nearestTopics).map(\.hit.passage.title).uniqued()
        let isFruitless = !collections.isEmpty && !packable.contains(where: \.isRelevant)
        return Findings(
            candidates: candidates,
            packable: packable,
            collections: collections.map(\.name),
            degraded: outcome.degraded,
            nearestTopics: isFruitless ? topics : nil
        )
    }

    private static let nearestTopics = 3
}
