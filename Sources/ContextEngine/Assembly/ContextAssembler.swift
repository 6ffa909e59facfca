package import ContextCore
package import Retrieval
import Runtime

/// Chooses what belongs in the model's context window: searches, packs within the budget, and accounts for both.
package struct ContextAssembler: Sendable {
    private let library: PassageLibrary
    private let configuration: ContextConfiguration
    private let packer: ContextPacker

    package init(library: PassageLibrary, tokenizer: any Tokenizer, configuration: ContextConfiguration) {
        self.library = library
        self.configuration = configuration
        packer = ContextPacker(
            renderer: PassageRenderer(limits: configuration.rendering),
            duplicateThreshold: configuration.duplicateThreshold,
            count: { tokenizer.count($0) }
        )
    }

    package struct Assembly: Sendable {
        package let pack: ContextPacker.Pack
        package let candidates: [Candidate]
        package let degraded: [String]

        /// Relevant passages that the session has not been sent, nor is sent now: the stuff of suggestions.
        package var unsent: [SearchHit] {
            zip(candidates, pack.decisions).compactMap { candidate, decision -> SearchHit? in
                if case .overBudget = decision { return candidate.hit }
                return nil
            }
        }
    }

    /// A passage that was looked at.
    ///
    /// A neighbour came along with a hit and has no rank of its own.
    package struct Candidate: Sendable {
        package let hit: SearchHit
        package let isNeighbour: Bool
    }

    package func assemble(
        _ request: ContextRequest,
        from collections: [PassageCollection],
        after delivered: DeliveryRecord,
        for principal: Principal
    ) async throws -> Assembly {
        let level = configuration.levels[request.level]
        let sentCandidates = configuration.limits.sentCandidates
        let outcome = try await library.search(
            RetrievalQuery(
                request.query,
                in: collections,
                filter: request.filter,
                limit: configuration.candidates + min(delivered.count, sentCandidates),
                excluding: delivered.exhausted(as: level.form, beyond: sentCandidates)
            ),
            for: principal
        )
        var candidates = outcome.hits.map { Candidate(hit: $0, isNeighbour: false) }
        if level.includesNeighbours {
            candidates = try await withNeighbours(candidates, meeting: request.filter, for: principal)
        }
        let pack = packer.pack(
            candidates.map(packable),
            as: level.form,
            within: request.maxTokens,
            after: delivered
        )
        return Assembly(pack: pack, candidates: candidates, degraded: outcome.degraded)
    }

    private func packable(_ candidate: Candidate) -> ContextPacker.Candidate {
        ContextPacker.Candidate(
            passage: candidate.hit.passage,
            isRelevant: candidate.isNeighbour || configuration.relevance.accept(candidate.hit.evidence)
        )
    }

    /// Puts the chunks beside each relevant hit right behind it, unless they are relevant themselves or the request's
    /// filter keeps them out.
    ///
    /// One that was found too, but too weakly, comes along all the same.
    private func withNeighbours(
        _ candidates: [Candidate],
        meeting filter: MetadataFilter?,
        for principal: Principal
    ) async throws -> [Candidate] {
        let relevant = candidates.filter { configuration.relevance.accept($0.hit.evidence) }
        var seen = Set(relevant.map(\.hit.passage.key))
        var companions: [Int64: [Candidate]] = [:]
        for candidate in relevant {
            let hit = candidate.hit
            let reach = configuration.neighbourReach
            let neighbours = try await library.neighbours(of: hit.passage, reach: reach, for: principal)
            let wanted = neighbours.filter { filter?.matches($0.filterable) ?? true }.filter {
                seen.insert($0.key).inserted
            }
            companions[hit.passage.key] = wanted.map { passage in
                Candidate(hit: SearchHit(passage: passage, score: hit.score, evidence: Evidence()), isNeighbour: true)
            }
        }
        let placed = Set(companions.values.joined().map(\.hit.passage.key))
        return candidates.filter { !placed.contains($0.hit.passage.key) }
            .flatMap { [$0] + (companions[$0.hit.passage.key] ?? []) }
    }
}
