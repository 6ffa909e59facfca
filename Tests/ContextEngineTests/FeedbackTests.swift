import ContextCore
import FoundationEssentials
import Retrieval
import SQL
import TestSupport
import Testing

@testable import ContextEngine

@Suite struct ConfidenceTests {
    @Test(
        arguments: [
            (1, .high), (0.80, .high), (0.7999, .medium), (0.60, .medium), (0.5999, .low), (0, .low),
        ] as [(Double, ConfidenceLevel)]
    )
    func `the levels begin at their thresholds`(confidence: Double, level: ConfidenceLevel) {
        #expect(ConfidenceLevel(confidence) == level)
    }

    @Test func `an estimate lies between nothing and certainty, and is nothing where nothing comes`() {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<500 {
            let points = (0..<generator.below(60)).map { _ in
                ConfidenceCalibration.Refinement(
                    estimate: Double.random(in: 0...1, using: &generator),
                    change: Double.random(in: -1...1, using: &generator)
                )
            }
            let calibration = ConfidenceCalibration(points)
            let confidence = Double.random(in: 0...1, using: &generator)
            let gain = Double.random(in: -1...3, using: &generator)
            let estimate = calibration.estimate(confidence: confidence, gain: gain)
            #expect(estimate >= 0 && estimate <= 1 - confidence)
            #expect(calibration.estimate(confidence: confidence, gain: 0) == 0)
            #expect(calibration.factor >= 0 && calibration.factor <= 2)
        }
    }

    @Test func `from thirty refinements on the slope is learned exactly`() {
        func points(_ count: Int, slope: Double) -> [ConfidenceCalibration.Refinement] {
            (1...count).map { .init(estimate: Double($0) / 64, change: Double($0) / 64 * slope) }
        }
        #expect(ConfidenceCalibration(points(29, slope: 0.25)).factor == 0.5)
        #expect(ConfidenceCalibration(points(30, slope: 0.25)).factor == 0.25)
        #expect(ConfidenceCalibration(points(30, slope: -1)).factor == 0)
        #expect(ConfidenceCalibration(points(30, slope: 5)).factor == 2)
        #expect(ConfidenceCalibration((0..<40).map { _ in .init(estimate: 0, change: 1) }).factor == 0.5)
    }
}

@Suite struct FeedbackTests {
    /// A session about services that was sent little of what there is.
    private func begun() async throws -> Engine {
        let engine = try await openEngine()
        try await engine.fillWithMatters()
        _ = try await engine.pull(ContextRequest("systemd service failure", sessionID: "one", maxTokens: 60))
        return engine
    }

    private func report(_ confidence: Double, _ gaps: [String] = [], session: String = "one") -> FeedbackRequest {
        FeedbackRequest(sessionID: session, response: "An answer.", confidence: confidence, gaps: gaps)
    }

    @Test(arguments: [
        (0.92, ConfidenceLevel.high, false), (0.80, .high, false), (0.79, .medium, true), (0.60, .medium, true),
        (0.59, .low, true), (0, .low, true),
    ])
    func `refining is advised below 0.80 where something unsent helps`(
        confidence: Double,
        level: ConfidenceLevel,
        refine: Bool
    ) async throws {
        let engine = try await begun()
        let evaluation = try await engine.sessions.evaluate(
            report(confidence, ["missing docker network settings"]),
            caller()
        )
        #expect(evaluation.confidenceLevel == level)
        #expect(evaluation.shouldRefine == refine)
        #expect(evaluation.estimatedConfidenceIncrease >= 0 && evaluation.estimatedConfidenceIncrease <= 1 - confidence)
        #expect(evaluation.availableCollections == ["error-solutions", "best-practices", "codebase-context"])
        #expect(evaluation.sessionInfo.turnCount == 1 && evaluation.sessionInfo.totalTokensSent > 0)
    }

    @Test func `where nothing unsent helps there is nothing to refine`() async throws {
        let engine = try await begun()
        let unknown = try await engine.sessions.evaluate(report(0.3, ["quantum chromodynamics"]), caller())
        #expect(unknown.suggestedQueries.isEmpty && !unknown.shouldRefine && unknown.estimatedConfidenceIncrease == 0)
        let small = try await openEngine()
        try await small.fill("error-solutions", [solution("a", "alpha failure", "Turn it off.")])
        _ = try await small.pull(ContextRequest("alpha failure", sessionID: "one", level: .detailed))
        for gaps in [["more about alpha failure"], []] {
            let evaluation = try await small.sessions.evaluate(report(0.3, gaps), caller())
            #expect(
                !evaluation.shouldRefine && evaluation.suggestedQueries.isEmpty
                    && evaluation.estimatedConfidenceIncrease == 0
            )
        }
    }

    @Test func `without named gaps the last query's unsent passages are what could help`() async throws {
        let engine = try await begun()
        let evaluation = try await engine.sessions.evaluate(report(0.3), caller())
        #expect(evaluation.shouldRefine)
        #expect((1...5).contains(evaluation.suggestedQueries.count))
        #expect(evaluation.estimatedConfidenceIncrease > 0)
    }

    @Test func `at most five queries, distinct, none that was asked, each with something to find`() async throws {
        let engine = try await begun()
        let gaps = [
            "missing postgres index settings", "unclear docker network", "swift concurrency practice?",
            "systemd service failure",
            "docker network unclear", "more about failure", "no information about tidy", "runbook details", "settings",
            "check the postgres index", "service practice", "number7",
        ]
        let evaluation = try await engine.sessions.evaluate(report(0.3, gaps), caller())
        let queries = evaluation.suggestedQueries
        #expect(queries.count == 5 && Set(queries.map { $0.lowercased() }).count == 5)
        #expect(
            !queries.contains { Set($0.split(separator: " ")) == Set("systemd service failure".split(separator: " ")) }
        )
        let collections = try await engine.library.collections(for: .local)
        let sent = try await engine.sessions.session("one", caller()).delivered.exhausted
        for query in queries {
            let outcome = try await engine.library.search(
                RetrievalQuery(query, in: collections, limit: 1, excluding: sent),
                for: .local
            )
            #expect(outcome.hits.contains { engine.configuration.relevance.accept($0.evidence) }, "\(query)")
        }
    }

    @Test func `reports are kept as they were given, and touch the session`() async throws {
        let engine = try await begun()
        var request = report(0.4, ["missing docker network"])
        request.metadata = ["model": "m"]
        let evaluation = try await engine.sessions.evaluate(request, caller(after: 3_000))
        #expect(
            try await engine.sessions.session("one", caller(after: 6_000)).lastAccessed == start.adding(seconds: 3_000)
        )
        let kept = try await engine.library.database.read {
            try await FeedbackStore.report(after: 0, since: nil, on: $0)
        }
        let (_, stored) = try #require(kept)
        #expect((stored.session, stored.query, stored.turn) == ("one", "systemd service failure", 1))
        #expect((stored.response, stored.confidence, stored.gaps) == ("An answer.", 0.4, ["missing docker network"]))
        #expect(stored.suggested == evaluation.suggestedQueries && stored.metadata == ["model": "m"])
        #expect(stored.manifestID != nil)
        try await engine.sessions.clear("one", caller(after: 3_001))
        let count = try await engine.library.database.read { try await $0.query("SELECT key FROM feedback").count }
        #expect(count == 1)
    }

    @Test func `a session that is unknown, expired or another's is not found`() async throws {
        let engine = try await begun()
        let callers = [caller(after: 3_600), caller(try principal("acme"))]
        for (session, caller) in [("two", caller())] + callers.map({ ("one", $0) }) {
            let error = await #expect(throws: ContextError.self) {
                try await engine.sessions.evaluate(report(0.4, session: session), caller)
            }
            #expect(error?.status == 404)
        }
    }

    @Test(
        arguments: [
            (FeedbackRequest(sessionID: "one", response: "x", confidence: 1.01), "confidence"),
            (FeedbackRequest(sessionID: "one", response: "x", confidence: -0.01), "confidence"),
            (FeedbackRequest(sessionID: "one", response: "x", confidence: .nan), "confidence"),
            (FeedbackRequest(sessionID: "one", response: " ", confidence: 0.5), "response"),
            (
                FeedbackRequest(
                    sessionID: "one",
                    response: "x",
                    confidence: 0.5,
                    gaps: Array(repeating: "g", count: 51)
                ), "gaps"
            ),
            (
                FeedbackRequest(
                    sessionID: "one",
                    response: "x",
                    confidence: 0.5,
                    gaps: [String(repeating: "g", count: 1_001)]
                ), "gaps"
            ),
            (FeedbackRequest(sessionID: "one", response: "x", confidence: 0.5, metadata: "x"), "metadata"),
        ] as [(FeedbackRequest, String)]
    )
    func `a report out of its limits is refused by field`(request: FeedbackRequest, field: String) async throws {
        let engine = try await begun()
        let error = await #expect(throws: ContextError.self) { try await engine.sessions.evaluate(request, caller()) }
        #expect(error?.status == 400)
        #expect(error?.parameter == field)
    }

    @Test func `thirty recorded refinements calibrate the estimate`() async throws {
        let engine = try await begun()
        func estimate() async throws -> Double {
            try await engine.sessions.evaluate(report(0.5, ["missing docker network settings"]), caller())
                .estimatedConfidenceIncrease
        }
        let before = try await estimate()
        #expect(before > 0)
        let row = FeedbackStore.Report(
            session: "",
            scope: .local,
            subject: "local",
            at: start,
            turn: 1,
            query: "q",
            manifestID: nil,
            response: "r",
            confidence: 0.2,
            gaps: [],
            suggested: [],
            estimate: 0.4,
            metadata: .emptyObject
        )
        try await engine.library.database.transaction { connection in
            for number in 0..<30 {
                var first = row
                first.session = "s\(number)"
                var second = first
                second.confidence = 0.3
                try await FeedbackStore.append(first, on: connection)
                try await FeedbackStore.append(second, on: connection)
            }
        }
        // Each came a quarter of what was estimated; the prior takes half. The first report has its own weight too.
        let after = try await estimate()
        #expect(after < before * 0.6 && after > 0)
    }

    @Test func `the wire names are the contract's`() async throws {
        let engine = try await begun()
        let evaluation = try await engine.sessions.evaluate(report(0.4), caller())
        let json = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(evaluation)).objectValue ?? [:]
        let names: Set<String> = [
            "suggested_queries", "estimated_confidence_increase", "should_refine", "available_collections",
            "session_info",
            "confidence_level", "degraded",
        ]
        #expect(Set(json.keys) == names)
        #expect(
            Set(json["session_info"]?.objectValue?.keys.map(\.self) ?? []) == [
                "session_id", "turn_count", "total_queries", "total_tokens_sent",
            ]
        )
    }
}
