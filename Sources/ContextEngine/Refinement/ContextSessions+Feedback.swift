package import ContextCore
import Retrieval
import SQL

extension ContextSessions {
    /// Weighs a confidence report: whether it is good enough, and if not, what should be asked next.
    package func evaluate(_ request: FeedbackRequest, _ caller: RequestContext) async throws -> FeedbackEvaluation {
        let request = try request.validated(configuration.limits)
        let session = try await session(request.sessionID, caller)
        let collections = try await available(to: caller.principal)
        let level = ConfidenceLevel(request.confidence, thresholds: configuration.confidence)
        let plan = try await plan(for: request, level, in: session, collections, caller.principal)
        let calibration = try await database.read {
            ConfidenceCalibration(try await FeedbackStore.refinements(limit: 1_000, on: $0))
        }
        try await record(request, plan, in: session, caller)
        return FeedbackEvaluation(
            suggestedQueries: plan.queries,
            estimatedConfidenceIncrease: calibration.estimate(confidence: request.confidence, gain: plan.gain),
            shouldRefine: level != .high && !plan.queries.isEmpty,
            confidenceLevel: level,
            availableCollections: collections.map(\.name),
            sessionInfo: FeedbackEvaluation.SessionInfo(
                sessionID: session.id,
                turnCount: session.turns.count,
                totalQueries: session.turns.count,
                totalTokensSent: session.tokensSent
            ),
            degraded: plan.degraded.isEmpty ? nil : plan.degraded
        )
    }

    /// A good answer that names no gaps leaves nothing to refine.
    private func plan(
        for request: FeedbackRequest,
        _ level: ConfidenceLevel,
        in session: ContextSession,
        _ collections: [PassageCollection],
        _ principal: Principal
    ) async throws -> RefinementPlanner.Plan {
        guard level != .high || !request.gaps.isEmpty else { return RefinementPlanner.Plan() }
        return try await RefinementPlanner(library: library, writer: writer, configuration: configuration).plan(
            for: request.gaps,
            in: session,
            collections: collections,
            for: principal
        )
    }

    /// What a further turn could draw on: the collections that hold anything, those of the levels first.
    private func available(to principal: Principal) async throws -> [PassageCollection] {
        let filled = try await library.collections(for: principal).filter { library.passageCount(in: $0) > 0 }
        let order = configuration.levels[.comprehensive].collections
        return filled.sorted { left, right in
            let places = [left, right].map { order.firstIndex(of: $0.name) ?? order.count }
            return places[0] == places[1] ? left.name < right.name : places[0] < places[1]
        }
    }

    private func record(
        _ request: FeedbackRequest,
        _ plan: RefinementPlanner.Plan,
        in session: ContextSession,
        _ caller: RequestContext
    ) async throws {
        let report = FeedbackStore.Report(
            session: session.id,
            scope: session.scope,
            subject: session.subject,
            at: caller.now,
            turn: session.turns.last?.number ?? 0,
            query: session.turns.last?.query ?? "",
            manifestID: session.turns.last?.manifestID,
            response: request.response,
            confidence: request.confidence,
            gaps: request.gaps,
            suggested: plan.queries,
            estimate: ConfidenceCalibration.raw(confidence: request.confidence, gain: plan.gain),
            metadata: request.metadata ?? .emptyObject
        )
        try await database.transaction { connection in
            try await FeedbackStore.append(report, on: connection)
            try await SessionStore.touch(report.session, at: report.at, on: connection)
        }
    }
}
